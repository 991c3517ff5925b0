"""What installing spacy-affect costs every `spacy.blank("en")`.

    python tests/benchmarks/bench_startup.py [--runs 15]

Fresh processes run in turn with and without spacy-affect's entry points; the other packages that
are installed here (but for spaCy's own) are hidden from both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from statistics import median
from typing import Any

HEAVY = (
    "asent",
    "nltk",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "requests",
    "scipy",
    "sklearn",
    "textblob",
    "torch",
    "transformers",
    "vaderSentiment",
)

#: argv: the names of the distributions that stay visible.
CODE = """
import json, sys, time
from importlib import metadata

kept = set(sys.argv[1:])
every = metadata.distributions
metadata.distributions = lambda **kw: (
    found for found in every(**kw) if (found.metadata["Name"] or "").lower() in kept
)
start = time.perf_counter()
import spacy
imported = time.perf_counter()
nlp = spacy.blank("en")
end = time.perf_counter()
print(json.dumps({
    "import": imported - start,
    "blank": end - imported,
    "total": end - start,
    "affect": nlp.has_factory("affect_polarity"),
    "modules": sorted(sys.modules),
}))
"""
SPACY = ("spacy", "thinc", "spacy-legacy", "spacy-loggers")
BOTH = (SPACY, (*SPACY, "spacy-affect"))


def run(*kept: str) -> dict[str, Any]:
    """RETURNS (dict): What one fresh process measured."""
    command = [sys.executable, "-W", "ignore", "-c", CODE, *kept]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="Start-up of spacy.blank with and without us.")
    parser.add_argument("--runs", type=int, default=15, help="pairs of processes")
    runs = parser.parse_args().runs
    run(*BOTH[1])  # compiles what is not compiled yet
    pairs = []
    for place in range(
        runs
    ):  # in turn first and second: the second of a pair is not like the first
        results = {len(kept): run(*kept) for kept in (BOTH if place % 2 else BOTH[::-1])}
        pairs.append((results[len(SPACY)], results[len(SPACY) + 1]))
    if any(without["affect"] or not with_us["affect"] for without, with_us in pairs):
        sys.exit("the entry points were not filtered as they should be: is spacy-affect installed?")
    print(f"median of {runs} fresh processes each, in ms")
    print(f"{'':<8}  {'without':>8}  {'with':>8}  {'difference':>10}")
    for part in ("import", "blank", "total"):
        without = 1000 * median(one[part] for one, _ in pairs)
        with_us = 1000 * median(two[part] for _, two in pairs)
        print(f"{part:<8}  {without:>8.1f}  {with_us:>8.1f}  {with_us - without:>10.1f}")
    before, after = (set(found["modules"]) for found in pairs[-1])
    ours = sorted(name for name in after - before if name.startswith("spacy_affect"))
    others = sorted({name.split(".")[0] for name in after - before} - {"spacy_affect"})
    print(f"modules of ours: {', '.join(ours)}")
    print(f"others that only we load: {', '.join(others) or 'none'}")
    print(f"heavy with us: {', '.join(sorted(after & set(HEAVY))) or 'none'}")
    print(f"heavy without us: {', '.join(sorted(before & set(HEAVY))) or 'none'}")


if __name__ == "__main__":
    main()
