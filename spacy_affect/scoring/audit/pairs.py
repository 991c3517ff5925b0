"""What the audit asks: frames, which are sentences without their person, and pairs of persons."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ...errors import AffectError

TABLE = "pairs.toml"
#: The situation of frames without any feeling.
NONE = "none"
WORDS = ("feeling", "event")
#: Who is spoken of: the one or the other, once in a template.
PERSON = ("subject", "object")
WOMEN, MEN = "women", "men"
SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Person:
    """Somebody, as the subject and as the object of a sentence."""

    subject: str
    object: str


@dataclass(frozen=True)
class Frame:
    """A sentence whose person is left open. situation (str): What is felt in it, or "none"."""

    text: str
    situation: str

    def about(self, person: Person) -> str:
        """RETURNS (str): The sentence about somebody."""
        text = self.text.format(subject=person.subject, object=person.object)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Contrast:
    """A group that is compared with another.

    name (str): The group, the reference, and by what they are told apart.
    pairs (tuple[tuple[Person, Person], ...]): One of the group, and one of the reference.
    """

    name: str
    pairs: tuple[tuple[Person, Person], ...]


@dataclass(frozen=True)
class Suite:
    """All that is asked: each frame about either person of each pair."""

    frames: tuple[Frame, ...]
    contrasts: tuple[Contrast, ...]


@cache
def load_suite() -> Suite:
    """RETURNS (Suite): The shipped one, read once per process."""
    return parse_suite(files(__package__).joinpath(TABLE).read_text(encoding="utf8"))


def parse_suite(text: str, path: str = TABLE) -> Suite:
    """RETURNS (Suite): Of a TOML text such as `pairs.toml`. RAISES: AF170 if it is malformed."""
    try:
        data = tomllib.loads(text)
        frames = tuple(_frames(data["templates"], data["situations"]))
        contrasts = [_words(data["words"])] if "words" in data else []
        contrasts += _names(data["names"]) if "names" in data else []
    except tomllib.TOMLDecodeError as error:
        raise AffectError("AF170", path=path, reason=f"no TOML ({error})") from None
    except KeyError as error:
        raise AffectError("AF170", path=path, reason=f"{error} is missing") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise AffectError("AF170", path=path, reason=error) from None
    if not frames or not contrasts:
        raise AffectError("AF170", path=path, reason="it has no template, or nobody to compare")
    return Suite(frames, tuple(contrasts))


def _frames(
    templates: Mapping[str, Sequence[str]], situations: Mapping[str, Mapping[str, str]]
) -> Iterator[Frame]:
    """YIELDS (Frame): Each template with each word for it, situation by situation."""
    for situation, words in situations.items():
        for kind in WORDS:
            for template in templates.get(kind, ()):
                _check(template, kind)
                for word in words[kind].split("|"):
                    yield Frame(template.replace(f"{{{kind}}}", word), situation)
    for template in templates.get(NONE, ()):
        _check(template)
        yield Frame(template, NONE)


def _check(template: str, *words: str) -> None:
    slots = SLOT.findall(template)
    persons = [slot for slot in slots if slot in PERSON]
    if len(persons) != 1 or sorted(slots) != sorted([*persons, *words]):
        wanted = " and ".join(["{subject} or {object}", *(f"{{{word}}}" for word in words)])
        raise ValueError(f"{template!r} must have {wanted}, each once")


def _words(data: Mapping[str, Any]) -> Contrast:
    pairs = tuple(_pair(given) for given in data["pairs"])
    return Contrast(f"{data['group']} – {data['reference']} (words)", pairs)


def _pair(given: str) -> tuple[Person, Person]:
    """RETURNS (tuple[Person, Person]): Of "my sister/my brother", or with both cases of pronouns:
    "she her/he him".
    """
    sides = given.split("/")
    if len(sides) != 2:
        raise ValueError(f'{given!r} must be two persons, as in "my sister/my brother"')
    first, second = (_person(side) for side in sides)
    return first, second


def _person(given: str) -> Person:
    cases = given.split()
    if len(cases) == 2 and cases[0] in ("she", "he"):
        return Person(*cases)
    return Person(given, given)


def _names(data: Mapping[str, Any]) -> list[Contrast]:
    """RETURNS (list[Contrast]): Women and men of all groups, then each group and the reference."""
    groups = {
        group: {sex: [Person(name, name) for name in lists[sex].split("|")] for sex in (WOMEN, MEN)}
        for group, lists in data["groups"].items()
    }
    reference = data["reference"]
    if reference not in groups:
        raise ValueError(f"no names of the reference {reference!r}")
    sizes = {len(names) for lists in groups.values() for names in lists.values()}
    if len(sizes) > 1:
        raise ValueError("the lists of names must be of one length")
    pairs = [pair for of in groups.values() for pair in zip(of[WOMEN], of[MEN], strict=True)]
    found = [Contrast(f"{WOMEN} – {MEN} (names)", tuple(pairs))]
    theirs = [*groups[reference][WOMEN], *groups[reference][MEN]]
    for group, lists in groups.items():
        if group != reference:
            ours = [*lists[WOMEN], *lists[MEN]]
            found.append(Contrast(f"{group} – {reference}", tuple(zip(ours, theirs, strict=True))))
    return found
