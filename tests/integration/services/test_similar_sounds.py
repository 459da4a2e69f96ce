"""Similar sounds and packs, and the spaces in which they are compared."""

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import text

from askchopper.database import read_only, search_session, transaction
from askchopper.errors import NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search import Results
from askchopper.schemas.search_filters import Filters
from askchopper.services.catalogue import pack_store
from askchopper.services.search import engine, similar, vector_index
from tests.support.embeddings import place, placed_pack, towards
from tests.support.factories import make_pack, make_user, new_file
from tests.support.searching import ask, loop, titles

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("search_uncached")]


@pytest.fixture(params=["pgvector", "numpy"])
def backend(request, monkeypatch):
    if request.param == "numpy":

        async def none(_session) -> bool:
            return False

        monkeypatch.setattr(similar, "has_pgvector", none)


async def like(file_id: str, viewer: Viewer | None = None, **query: str) -> Results:
    return await ask(viewer, like=file_id, **query)


async def test_similar_sounds_are_sorted_by_score(db, backend):
    pack = await placed_pack(0)
    await placed_pack(40, 10, 90)
    results = await like(pack.file_ids[0])
    assert [(hit.row.title, hit.score) for hit in results.items] == [
        ("At 10", pytest.approx(0.985, abs=2e-3)),
        ("At 40", pytest.approx(0.766, abs=2e-3)),
    ]


async def test_similar_sounds_respect_filters_and_visibility(db, backend):
    pack = await placed_pack(0)
    await placed_pack(5, 8, files=(loop(1, "House", 120, "C minor"), loop(2, "Slow", 80, "C minor")))
    hidden = await placed_pack(1)
    await placed_pack(2, genre_slug="jazz")
    async with transaction() as session:
        await pack_store.mark_unpublished(session, hidden.id)
    assert await titles(like=pack.file_ids[0], genre="house") == ["House", "Slow"]
    assert await titles(like=pack.file_ids[0], bpm_min="118", bpm_max="122", key="Cm") == ["House"]
    with pytest.raises(NotFoundError):
        await like(hidden.file_ids[0])


async def test_similar_sounds_exclude_self_duplicates_and_optionally_pack(db, backend):
    same = new_file(1, title="Copy")
    first = await placed_pack(0, 3, files=(replace(same, title="Mine"), loop(2, "Sister", 120, None)))
    await placed_pack(0, files=(replace(same, title="Copy elsewhere"),))
    await placed_pack(7)
    assert await titles(like=first.file_ids[0]) == ["Sister", "At 7"]
    assert await titles(like=first.file_ids[0], same_pack="hide") == ["At 7"]


async def test_similarity_rejects_drafts_and_foreign_query_sounds(db):
    draft = await make_pack(is_published=False)
    member, other = await make_user(), await make_user()
    query_id = uuid.uuid4()
    async with transaction() as session:
        await session.execute(
            text(
                "INSERT INTO query_sounds (id, user_id, name, embedding, embedding_version, facts) VALUES (:id, :u, 'x', :v, 1, '{}')"
            ),
            {"id": query_id, "u": member.user_id, "v": towards(0)},
        )
    await placed_pack(1)
    assert await titles(member, like=str(query_id)) == ["At 1"]
    for viewer, target in (
        (other, str(query_id)),
        (None, str(query_id)),
        (draft.creator, draft.file_ids[0]),
        (None, str(uuid.uuid4())),
    ):
        with pytest.raises(NotFoundError):
            await like(target, viewer)


async def test_similar_packs_use_mean_of_sounds(db, backend):
    pack = await placed_pack(0, 20)
    near = await placed_pack(5, 15)
    await placed_pack(80, 90)
    far = await placed_pack(40, 60)
    async with read_only() as session:
        hits = await similar.similar_packs(session, None, await similar.pack_target(session, slug=pack.slug))
    assert [hit.card.slug for hit in hits[:2]] == [near.slug, far.slug]
    assert hits[0].score == pytest.approx(1.0, abs=1e-3)


async def test_similar_sounds_paging(db, backend):
    pack = await placed_pack(0)
    await placed_pack(*range(1, 31))
    seen, cursor = [], None
    async with search_session() as session:
        for _ in range(5):
            page = await engine.find_files(
                session, None, filters=Filters(like=pack.file_ids[0]), limit=8, cursor=cursor
            )
            seen += [hit.row.title for hit in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == [f"At {n}" for n in range(1, 31)]


async def test_new_similarity_space_fills_then_serves(db):
    pack, other = await placed_pack(0), await placed_pack(10)
    async with transaction() as session:
        old = await vector_index.serving(session)
        swapped = await vector_index.create(session, base_version=1, matrix=_swap_first_axes())
    assert old
    assert swapped.slot == 1 - old.slot
    assert await titles(like=pack.file_ids[0]) == ["At 10"]  # the old one still serves
    assert await vector_index.fill() == 2
    async with read_only() as session:
        now = await vector_index.serving(session)
        assert now
        assert now.slot == swapped.slot
        target = await similar.target(session, None, pack.file_ids[0])
    assert target.vector
    assert target.vector[1] == pytest.approx(1.0)
    assert await titles(like=pack.file_ids[0]) == ["At 10"]
    assert other


async def test_new_analyser_version_gets_new_space_when_most_sounds_are_analysed(db):
    packs = [await placed_pack(angle) for angle in (0, 10, 20)]
    for pack in packs[:2]:
        await place(pack, [towards(5)], version=2)
    await vector_index.fill()
    async with read_only() as session:
        space = await vector_index.serving(session)
    assert space
    assert space.base_version == 2


async def test_refill_is_idempotent(db):
    await placed_pack(0, 10)
    await vector_index.fill()
    assert await vector_index.fill() == 0


def _swap_first_axes() -> bytes:
    import numpy as np

    matrix = np.eye(vector_index.SIZE, dtype="<f4")
    matrix[[0, 1]] = matrix[[1, 0]]
    return matrix.tobytes()
