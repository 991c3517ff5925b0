"""Motivational interviewing: what a client's and a therapist's turns do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..dialogue import CLIENTS, HELPERS
from ..labels import CLIENT_TALK, THERAPIST_BEHAVIOUR
from ..types import Cue
from .turns import TurnTask

#: Within how many of the client's turns talk for and against a change is close together.
CLOSE = 3


class ClientTalk(TurnTask):
    """Say whether a client's turn speaks for a change, against it (sustain), or neither.

    Value, labels, gold: see `TurnTask`. The record of a conversation has `ambivalent`: there is
        change and sustain talk within three turns of the client that follow each other; and
        `ambivalent_turns`: which turns these are, counted from 0 among those scored.
    Source: change and sustain talk of motivational interviewing, as annotated in AnnoMI (Wu et al.
        2022); both together are what it calls ambivalence (Miller and Rollnick 2013).
    """

    name = "client_talk"
    scheme = CLIENT_TALK
    names = CLIENTS
    told = ("ambivalent",)
    opposites = (frozenset({"change"}), frozenset({"sustain"}))
    sparse_model = {"@architectures": "spacy_affect.SparseTurns.v1"}
    default_model = sparse_model

    def combine(
        self,
        records: Sequence[Mapping[str, Any]],
        weights: Sequence[float],
        source: str,
        cues: Sequence[Cue] = (),
    ) -> dict[str, Any]:
        record = super().combine(records, weights, source, cues)
        places = _ambivalent([found["label"] for found in records])
        known = record["value"] is not None
        record["ambivalent"] = bool(places) if known else None
        record["ambivalent_turns"] = places if known else None
        return record


def _ambivalent(labels: Sequence[str | None]) -> list[int]:
    """RETURNS (list[int]): The turns of either talk that are close to one of the other."""
    talk = [place for place, label in enumerate(labels) if label in ("change", "sustain")]
    return [
        place
        for place in talk
        if any(abs(place - i) < CLOSE and labels[i] != labels[place] for i in talk)
    ]


class TherapistBehaviour(TurnTask):
    """Say what a therapist's turn mainly is: a question, reflection, input of their own, or other.

    Value, labels, gold: see `TurnTask`.
    Source: main therapist behaviour in AnnoMI (Wu et al. 2022).
    """

    name = "therapist_behaviour"
    scheme = THERAPIST_BEHAVIOUR
    names = HELPERS
    sparse_model = {"@architectures": "spacy_affect.SparseTurns.v1"}
    default_model = sparse_model
