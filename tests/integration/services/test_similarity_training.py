"""Training a similarity space on published packs."""

import numpy as np
import pytest
from sqlalchemy import text

from askchopper.database import read_only
from askchopper.errors import InvalidInputError
from askchopper.services.search import similarity_training, vector_index
from tests.support.embeddings import SIZE, place
from tests.support.factories import make_pack

pytestmark = pytest.mark.integration


async def a_catalogue(*, packs: int = 24, sounds: int = 6) -> None:
    """Packs that differ in a few dimensions, under large irrelevant differences."""
    draw = np.random.default_rng(1)
    for _ in range(packs):
        pack = await make_pack(files=sounds)
        centre = np.zeros(SIZE)
        centre[:8] = draw.normal(0, 1.0, 8)
        noise = draw.normal(0, 1.0, (sounds, SIZE)) * np.where(np.arange(SIZE) < 8, 0.3, 1.5)
        rows = centre + noise
        await place(pack, (rows / np.linalg.norm(rows, axis=1, keepdims=True)).tolist())


async def test_trained_space_improves_precision_and_serves(db, monkeypatch):
    monkeypatch.setattr(vector_index, "KEPT_SECONDS", 0.0)
    await a_catalogue()
    report = await similarity_training.train()
    assert report.is_kept
    assert report.precision_after > report.precision_before + 0.1
    assert (report.packs, report.held_out_packs, report.sounds) == (24, 7, 144)
    assert await vector_index.fill() == 144
    async with read_only() as session:
        space = await vector_index.serving(session)
        rows = await session.execute(
            text("SELECT state, precision_before, precision_after FROM similarity_spaces ORDER BY id")
        )
        assert [row.state for row in rows] == ["retired", "serving"]
    assert space
    assert len(space.matrix) == SIZE * SIZE * 4


async def test_dry_run_changes_nothing(db):
    await a_catalogue(packs=12)
    first, second = await similarity_training.train(is_dry_run=True), await similarity_training.train(is_dry_run=True)
    assert first == second
    assert not first.is_kept
    async with read_only() as session:
        assert (await session.execute(text("SELECT count(*) FROM similarity_spaces"))).scalar_one() == 1


async def test_too_few_packs_are_rejected(db):
    await a_catalogue(packs=3)
    with pytest.raises(InvalidInputError, match="8 packs"):
        await similarity_training.train()


def test_precision_counts_related_sounds():
    vectors = np.eye(4)[[0, 0, 1, 1, 2]].astype(float)
    assert similarity_training.precision(vectors, ["a", "a", "b", "b", "c"]) == 1.0
