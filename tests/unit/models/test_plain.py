"""Texts as an encoder reads them."""

import pytest

from spacy_affect.models.backbones.embedded.plain import plain


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Not bad at all.", "Not bad at all."),
        ("@Ann_1 see https://example.com/a?b=c or www.example.com", "@user see http or http"),
        ("mail ann@example.com", "mail ann@example.com"),
        ("nooooooo!!!!!!", "nooo!!!"),
        ("sad \U0001f622", "sad  crying face "),
        ("ok \U0001f44d\U0001f3fd", "ok  thumbs up sign "),
        ("love \u2764\ufe0f", "love  heavy black heart "),
        ("", ""),
        ("I’m fine", "I'm fine"),
    ],
)
def test_what_is_read(text, read):
    assert plain(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "I am a person.",
        "I am a woman.",
        "I am a trans man.",
        "I am a non-binary person.",
        "I am a non binary person.",
        "I am a Native American.",
        "I am a Muslim woman.",
        "I am a gay person.",
        "I am a LGBTQ+ person.",
    ],
)
def test_what_people_are_is_not_read(text):
    assert plain(text) == "I am a person."


@pytest.mark.parametrize("text", ["a blackboard", "he and she", "my mother", "womanly", "no"])
def test_other_words_are_left_alone(text):
    assert plain(text) == text


def test_time_is_linear_in_length():
    assert plain("gay " * 20_000) == "person "
    assert len(plain("\U0001f622" * 5_000)) == 5_000 * len(" crying face ")
