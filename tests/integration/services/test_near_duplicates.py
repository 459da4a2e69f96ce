"""Near-duplicates: similar sounds of other creators, also behind the creator's own and in a large catalogue."""

import uuid
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import NewUpload
from askchopper.services.studio import draft_sounds, drafts, near_duplicates
from tests.support.factories import make_creator, make_pack, new_file
from tests.support.studio import draft_of, new_draft

pytestmark = pytest.mark.integration
MINE, OWN, THEIRS = "1" * 64, "2" * 64, "3" * 64
FOREIGN = "sounds the same as"


def heard(sha256: str, *, angle: float, seconds: float = 8.0, kind: str = "loop") -> str:
    """Insert an analysis whose embedding is close to (1, 0)."""
    return (
        "INSERT INTO analyses (sha256, version, status, score, findings, hints, kind, duration_seconds, embedding,"
        " embedding_version, outline, preview_key, opus_key, cpu_seconds) VALUES"
        f" ('{sha256}', 1, 'accept', 90, '[]', '{{}}', '{kind}', {seconds}, ARRAY[1, {angle}]::real[], 1, '', '', '', 0)"
    )


@pytest.fixture
async def drafted(db, as_owner):
    """A creator with a published pack and a draft of one sound; another creator with a published pack."""
    creator, other = await make_creator(), await make_creator()
    await make_pack(creator, files=(new_file(sha256=OWN),))
    await make_pack(other, title="Old Quay", files=(new_file(sha256=THEIRS, title="Bell"),))
    draft_id = await new_draft(creator)
    new = NewUpload(uuid.uuid4(), "Bell Two.wav", 10, MINE, "k", datetime.now(UTC))
    async with transaction() as session:
        await draft_sounds.add_file(session, creator, draft_id=drafts.as_id(draft_id), new=new)
    as_owner(heard(MINE, angle=0.0))
    return creator, draft_id


async def test_sound_that_is_there_already_is_ignored_in_a_full_draft(drafted, monkeypatch: pytest.MonkeyPatch):
    creator, draft_id = drafted
    monkeypatch.setattr(policy, "MAX_PACK_SOUNDS", 1)
    for sha256, refused in ((MINE, nullcontext()), (OWN, pytest.raises(ConflictError))):
        new = NewUpload(uuid.uuid4(), "Bell Two.wav", 10, sha256, f"k {sha256}", datetime.now(UTC))
        with refused:
            async with transaction() as session:
                await draft_sounds.add_file(session, creator, draft_id=drafts.as_id(draft_id), new=new)
    assert len((await draft_of(creator, draft_id)).files) == 1


async def reason(creator: Viewer, draft_id: str) -> str:
    draft = await draft_of(creator, draft_id)
    async with read_only() as session:
        return await near_duplicates.review_reason(session, draft)


async def test_near_duplicate_of_another_creator_is_reported(drafted, as_owner):
    as_owner(heard(THEIRS, angle=0.05))
    assert await reason(*drafted) == "Bell two sounds the same as Bell in Old Quay of another creator."


async def test_closer_own_sound_does_not_hide_near_duplicate(drafted, as_owner):
    as_owner(heard(OWN, angle=0.001), heard(THEIRS, angle=0.05))
    assert FOREIGN in await reason(*drafted)


@pytest.mark.parametrize(
    "other", [{"angle": 0.3}, {"angle": 0.0, "seconds": 8.2}, {"angle": 0.0, "kind": "track"}]
)  # fmt: skip
async def test_different_sound_length_or_kind_is_no_near_duplicate(drafted, as_owner, other):
    as_owner(heard(THEIRS, **other))
    assert await reason(*drafted) == ""


async def test_own_near_duplicate_is_not_reported(drafted, as_owner):
    as_owner(heard(OWN, angle=0.001))
    assert await reason(*drafted) == ""


async def test_only_sounds_of_the_same_length_are_compared(drafted, as_owner):
    creator, draft_id = drafted
    as_owner(
        "INSERT INTO analyses (sha256, version, status, score, findings, hints, kind, duration_seconds, embedding,"
        " embedding_version, outline, preview_key, opus_key, cpu_seconds)"
        " SELECT md5(n::text), 1, 'accept', 90, '[]', '{}', 'loop', 1 + n * 0.01, ARRAY[n, 1]::real[], 1, '', '', '', 0"
        " FROM generate_series(1, 20000) n",
        "ANALYZE analyses",
        heard(THEIRS, angle=0.05),
    )
    plan = as_owner(f"EXPLAIN {_filled(draft_id, creator)}")
    assert any("ix_analyses_alike" in line for (line,) in plan), plan
    assert FOREIGN in await reason(creator, draft_id)


def _filled(draft_id: str, creator: Viewer) -> str:
    sql = str(near_duplicates._NEAR_TWINS)
    for name, value in {
        ":draft": f"'{draft_id}'",
        ":user": f"'{creator.user_id}'",
        ":alike": "0.99",
        ":most": "50",
        ":limit": "20",
    }.items():
        sql = sql.replace(name, value)
    return sql
