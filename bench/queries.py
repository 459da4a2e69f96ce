"""Parsing of search phrases of 200 letters, joined from the labelled set, and the share of the set that is read as labelled."""

import random
import time

import numpy as np

from askchopper.schemas.search_filters import MAX_TEXT
from askchopper.services.search import query_parser
from bench.protocol import ROUNDS, Samples
from tests.unit.search.test_query_parser import TABLE, is_right

_PHRASES = 400


async def measure() -> dict[str, Samples]:
    """Measure the 95th percentile per round; caches of compiled patterns are warm, as in production."""
    draw = random.Random(7)
    phrases = [_phrase(draw) for _ in range(_PHRASES)]
    found = Samples(note=f"{_PHRASES} phrases of {MAX_TEXT} letters")
    for _ in range(ROUNDS):
        spent = []
        for phrase in phrases:
            started = time.perf_counter()
            query_parser.parse(phrase)
            spent.append((time.perf_counter() - started) * 1000)
        found.ours.append(float(np.percentile(spent, 95)))
    right = sum(is_right(*row) for row in TABLE)
    return {
        "parse": found,
        "labelled": Samples(ours=[100 * right / len(TABLE)], note=f"{right} of {len(TABLE)}"),
    }


def _phrase(draw: random.Random) -> str:
    text = ""
    while len(text) < MAX_TEXT:
        text += draw.choice(TABLE)[0] + " "
    return text[:MAX_TEXT]
