"""Export, import and inspection of a taste profile on a real database."""

import json
import uuid

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.services import audit, inspections
from askchopper.services.memory import facts
from askchopper.services.taste import profile, transfer
from askchopper.taste_vocabulary import TasteFacet
from askchopper.vocabulary import Role
from tests.support.factories import make_user
from tests.support.taste import correct, make_sound_pack, play, read, update

pytestmark = pytest.mark.integration


async def test_export_is_imported_again(db):
    member, other, pack = await make_user(), await make_user(), await make_sound_pack(genre="techno")
    await play(member, pack)
    await correct(member, "genre", "jazz", "less")
    await update(member)
    async with read_only() as session:
        content = json.dumps(await transfer.export(session, member)).encode()
    async with transaction() as session:
        dry = await transfer.import_profile(session, other, content, is_dry_run=True)
    assert (dry.values, dry.corrections, dry.problems) == (7 - 1, 1, ())
    assert not (await read(other)).is_known
    async with transaction() as session:
        await transfer.import_profile(session, other, content)
        await transfer.import_profile(session, other, content)  # replaces, so nothing doubles
    await update(other, is_full=True)
    for facet in (TasteFacet.GENRE, TasteFacet.KEY, TasteFacet.CREATOR):
        assert (await read(other)).values[facet] == (await read(member)).values[facet]


async def test_import_is_undone(db):
    member, pack = await make_user(), await make_sound_pack(genre="techno")
    await play(member, pack)
    await update(member)
    document = {
        "format": "askchopper-taste", "version": 1, "exported_at": "2026-11-01T00:00:00Z", "half_life_days": 30,
        "values": [{"facet": "genre", "value": "jazz", "kind": "play", "weight": 3, "times": 3}], "corrections": [],
    }  # fmt: skip
    async with transaction() as session:
        await transfer.import_profile(session, member, json.dumps(document).encode())
    assert [one.value for one in (await read(member)).values[TasteFacet.GENRE]] == ["jazz"]
    async with transaction() as session:
        await profile.undo_reset(session, member)
    assert [one.value for one in (await read(member)).values[TasteFacet.GENRE]] == ["techno"]


def broken(**changes: object) -> bytes:
    document: dict[str, object] = {
        "format": "askchopper-taste", "version": 1, "exported_at": "2026-11-01T00:00:00Z", "half_life_days": 30, "values": [], "corrections": [],
    }  # fmt: skip
    return json.dumps({**document, **changes}).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"), (b"{", "not JSON"), (b"[" * 100_000, "not JSON"), (b"\xff\xfe", "not JSON"), (b"[]", "not a taste profile"),
        (b'{"entities": []}', "not a taste profile"), (broken(version=2), "another version"), (b" " * (2**20 + 1), "larger than"),
        (broken(values=[{"facet": "genre", "value": "techno", "kind": "play", "weight": 1e300, "times": 1}]), "values.0.weight"),
        (broken(values=[{"facet": "genre", "value": "techno", "kind": "spy", "weight": 1, "times": 1}]), "values.0.kind"),
        (broken(values="x"), "at values"), (broken(extra=1), "at extra"), (broken(exported_at="soon"), "at exported_at"),
    ],
)  # fmt: skip
async def test_foreign_and_broken_files_are_refused(db, content: bytes, words: str):
    member, pack = await make_user(), await make_sound_pack()
    await play(member, pack)
    await update(member)
    before = await read(member)
    with pytest.raises(InvalidInputError, match=words):
        async with transaction() as session:
            await transfer.import_profile(session, member, content)
    assert await read(member) == before


async def test_values_of_another_installation_are_left_out_and_named(db):
    member = await make_user()
    values = [
        {"facet": "creator", "value": str(uuid.uuid4()), "kind": "play", "weight": 1, "times": 1},
        {"facet": "genre", "value": "polka", "kind": "play", "weight": 1, "times": 1},
        {"facet": "genre", "value": "jazz", "kind": "play", "weight": 1, "times": 1},
    ]
    async with transaction() as session:
        report = await transfer.import_profile(session, member, broken(values=values))
    assert report.values == 1
    assert len(report.problems) == 2
    assert "polka" in report.problems[1]


async def test_inspection_needs_a_reason_and_is_shown(db):
    member, admin, pack = await make_user(), await make_user(role=Role.ADMIN), await make_sound_pack()
    await play(member, pack)
    await update(member)
    async with transaction() as session:
        for reason in ("", "  x ", "y" * 201):
            with pytest.raises(InvalidInputError):
                await inspections.inspect(session, admin, email=member.email, reason=reason)
        await facts.add(session, member, text_="Makes dub techno")
        found = await inspections.inspect(
            session, admin, email=f" {member.email.upper()} ", reason="Support case\x00 12"
        )
    assert found.taste.is_known
    assert [one.text for one in found.memories] == ["Makes dub techno"]
    async with read_only() as session:
        [line] = (await audit.entries(session, admin, audit.parse_filter(action="member.inspected"))).items
    assert (line.target_id, line.reason) == (str(member.user_id), "Support case 12")
    assert [one.reason for one in (await read(member)).looked] == ["Support case 12"]
    for viewer in (None, member, await make_user(role=Role.MODERATOR)):
        async with transaction() as session:
            with pytest.raises(NotFoundError):
                await inspections.inspect(session, viewer, email=member.email, reason="Curiosity")
    assert len((await read(member)).looked) == 1
