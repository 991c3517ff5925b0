"""What a score must not depend on: who is spoken of, who is addressed, and links.

These words are left out of the features altogether, so that a text scores the same whichever of
them it holds. The list is of self-descriptions and neutral terms; slurs are not in it, as they are
said in contempt.
"""

from __future__ import annotations

import re

_LINK = re.compile(r"(https?:|www\.|t\.co/|\S+\.(com|org|net|io|co|edu|gov|ly)(/\S*)?$)")
_HANDLE = re.compile(r"@\w")

_GENDER = """
    man woman men women male female males females boy girl boys girls guy gal lady gentleman
    ladies gentlemen transgender trans cisgender cis nonbinary non-binary genderqueer
    genderfluid intersex agender masculine feminine
"""
_ADDRESS = """
    he she him her his hers himself herself gender mister mr mrs ms miss sir ma'am madam husband
    wife boyfriend girlfriend son daughter father mother dad mom mum brother sister uncle aunt
    nephew niece grandfather grandmother grandpa grandma
"""
_ANYBODY = """
    person persons people human humans someone somebody individual individuals folk folks kid kids
    child children couple partner spouse client clients - non binary
"""
_ORIENTATION = """
    gay lesbian gays lesbians bisexual bisexuals homosexual homosexuals heterosexual
    heterosexuals straight queer queers asexual asexuals pansexual pansexuals demisexual
    aromantic lgbt lgbtq lgbtqia lgbtq+ bi pan ace hetero homo same-sex opposite-sex
"""
_RELIGION = """
    christian christians catholic catholics protestant protestants orthodox evangelical baptist
    methodist lutheran anglican mormon mormons quaker muslim muslims moslem islam islamic sunni
    shia shiite sufi jewish jew jews judaism hindu hindus hinduism buddhist buddhists buddhism
    sikh sikhs sikhism jain jains jainism taoist taoists shinto bahai bahá'í zoroastrian atheist
    atheists atheism agnostic agnostics secular religious pagan pagans wiccan christianity
    catholicism presbyterian pentecostal adventist confucian animist rastafarian believer
    unbeliever nonbeliever humanist
"""
_ORIGIN = """
    black white brown asian asians african africans african-american latino latina latinos
    latinas latinx hispanic hispanics caucasian caucasians indigenous aboriginal native arab
    arabs arabic european europeans american americans british english scottish irish welsh
    french german germans italian italians spanish portuguese greek greeks turkish turk turks
    russian russians ukrainian ukrainians polish dutch swedish norwegian danish finnish swiss
    austrian belgian hungarian czech slovak romanian bulgarian serbian croatian bosnian albanian
    chinese japanese korean koreans vietnamese thai filipino filipina filipinos indonesian
    malaysian singaporean indian indians pakistani pakistanis bangladeshi nepali tibetan
    mongolian kazakh uzbek iranian iranians persian persians iraqi iraqis syrian syrians
    lebanese jordanian palestinian palestinians israeli israelis saudi yemeni egyptian egyptians
    moroccan moroccans algerian tunisian libyan sudanese ethiopian ethiopians somali somalis
    kenyan kenyans ugandan tanzanian nigerian nigerians ghanaian ghanaians congolese rwandan
    senegalese zimbabwean cuban cubans mexican mexicans brazilian brazilians argentinian chilean
    peruvian colombian venezuelan ecuadorian bolivian guatemalan honduran salvadoran dominican
    haitian haitians jamaican jamaicans canadian canadians australian australians maori samoan
    hawaiian inuit cherokee navajo roma romani immigrant immigrants migrant migrants refugee
    refugees foreign foreigner foreigners ethnic afghan afghani afghans armenian georgian
    azerbaijani estonian latvian lithuanian icelandic maltese cypriot slovenian macedonian
    taiwanese cambodian burmese laotian south-asian east-asian middle-eastern biracial
    multiracial mixed-race nordic slavic
"""
#: Words for a group that people belong to.
IDENTITIES = frozenset(" ".join((_GENDER, _ORIENTATION, _RELIGION, _ORIGIN)).split())
_WORDS = IDENTITIES.union(_ANYBODY.split(), _ADDRESS.split())


def is_unsaid(lower: str) -> bool:
    """RETURNS (bool): Whether a form is a handle, a link or a word for who people are.

    lower (str): In lower case.
    """
    if lower in _WORDS or _HANDLE.match(lower):
        return True
    return ("." in lower or ":" in lower) and _LINK.match(lower) is not None
