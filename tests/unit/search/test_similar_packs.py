"""Which packs are about as fast as another."""

from dataclasses import replace
from typing import Any, cast

import pytest

from askchopper.schemas.catalogue import PackCard
from askchopper.services.search.similar import share_tempo


@pytest.mark.parametrize(
    ("bpm", "other", "is_shared"),
    [(130, 128, True), (127, 95, False), (130, 174, False), (172, 86, True), (130, None, True)],
)
def test_tempo_of_similar_packs(bpm: float, other: float | None, is_shared: bool):
    names = cast("Any", PackCard).__dataclass_fields__
    pack = PackCard(**{**dict.fromkeys(names), "bpm_min": bpm, "bpm_max": bpm})
    assert share_tempo(pack, replace(pack, bpm_min=other, bpm_max=other)) is is_shared
