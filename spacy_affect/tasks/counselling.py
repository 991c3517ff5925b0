"""Motivational interviewing: what a client's and a therapist's turns do."""

from __future__ import annotations

from ..dialogue import CLIENTS, HELPERS
from ..labels import CLIENT_TALK, THERAPIST_BEHAVIOUR
from .turns import TurnTask


class ClientTalk(TurnTask):
    """Say whether a client's turn speaks for a change, against it (sustain), or neither.

    Value, labels, gold: see `TurnTask`.
    Source: change and sustain talk of motivational interviewing, as annotated in AnnoMI (Wu et al.
        2022).
    """

    name = "client_talk"
    scheme = CLIENT_TALK
    names = CLIENTS
    default_model = {"@architectures": "spacy_affect.SparseTurns.v1"}


class TherapistBehaviour(TurnTask):
    """Say what a therapist's turn mainly is: a question, a reflection, input of their own, or other.

    Value, labels, gold: see `TurnTask`.
    Source: main therapist behaviour in AnnoMI (Wu et al. 2022).
    """

    name = "therapist_behaviour"
    scheme = THERAPIST_BEHAVIOUR
    names = HELPERS
    default_model = {"@architectures": "spacy_affect.SparseTurns.v1"}
