"""Small numbers for 64-bit hashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy
from thinc.types import Ints1d


class Codes:
    """Numbers the hashes that it is made of, and looks up a whole array of others at once.

    numpy has no dict. A hash is random bits: some of them are a place in a table, others a bucket,
    and all keys of a bucket are moved on from their places by as much as it takes that no two keys
    share a slot ("hash, displace", Belazzougui et al. 2009).
    """

    def __init__(self, keys: Sequence[int]) -> None:
        """keys (Sequence[int]): All different. The first gets code 1."""
        n_slots = 1 << (len(keys) * 3 // 2).bit_length()
        n_buckets = max(1, n_slots // 4)
        self._slot_mask = numpy.uint64(n_slots - 1)
        self._bucket_mask = numpy.uint64(n_buckets - 1)
        shift, moves = next(
            (shift, moves)
            for shift in range(64)
            if (moves := _moves(keys, shift, n_slots, n_buckets)) is not None
        )
        self._shift = numpy.uint64(shift)
        self._moves = numpy.array(moves, dtype="uint64")
        hashes = numpy.array(keys, dtype="uint64")
        slots = self._slots(hashes)
        self._keys = numpy.zeros(n_slots, dtype="uint64")
        self._keys[slots] = hashes
        self._codes = numpy.zeros(n_slots, dtype="int16")
        self._codes[slots] = numpy.arange(1, len(keys) + 1)

    def look_up(self, hashes: Ints1d) -> Ints1d:
        """RETURNS (Ints1d): Codes in int16, 0 for what is unknown."""
        slots = self._slots(hashes)
        return self._codes.take(slots) * (self._keys.take(slots) == hashes)

    def _slots(self, hashes: Ints1d) -> Ints1d:
        buckets = (hashes & self._bucket_mask).view("int64")
        return ((hashes >> self._shift) + self._moves.take(buckets) & self._slot_mask).view("int64")


def _moves(keys: Sequence[int], shift: int, n_slots: int, n_buckets: int) -> list[int] | None:
    """RETURNS (list | None): How far the keys of each bucket move; None if these bits do not do."""
    buckets: dict[int, list[int]] = defaultdict(list)
    for key in keys:
        buckets[key % n_buckets].append((key >> shift) % n_slots)
    moves = [0] * n_buckets
    taken: set[int] = set()
    for bucket, places in sorted(buckets.items(), key=lambda item: len(item[1]), reverse=True):
        if len(set(places)) < len(places):
            return None
        for move in range(n_slots):
            slots = {(place + move) % n_slots for place in places}
            if taken.isdisjoint(slots):
                break
        else:
            return None
        taken |= slots
        moves[bucket] = move
    return moves
