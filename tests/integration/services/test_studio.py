"""From upload to published pack, through services and worker tasks, with real sounds."""

import io
import zipfile

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.integrations.blob_store import store
from askchopper.schemas.accounts import Viewer
from askchopper.services import analysis, storage_maintenance
from askchopper.services.catalogue import detail
from askchopper.services.purchases import checkout
from askchopper.services.studio import draft_sounds, drafts, overview, preview, publishing, review
from askchopper.vocabulary import DraftFileState, DraftState, Role
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import make_creator, make_user
from tests.support.studio import draft_of, new_draft, send, submit, work
from tests.support.studio_sounds import beat, silence

pytestmark = pytest.mark.integration


@pytest.fixture
async def filled(db):
    """A creator with a draft of two analysed loops."""
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    for number, bpm in enumerate((120, 128), 1):
        name = f"ridge_techno_{bpm}_kick_{number}.wav"
        await send(viewer, draft_id, name, beat(bpm=bpm, seed=number))
    await work()
    return viewer, draft_id


async def test_files_are_analysed_and_draft_is_prefilled(filled):
    viewer, draft_id = filled
    draft = await draft_of(viewer, draft_id)
    assert [file.state for file in draft.files] == [DraftFileState.READY] * 2
    assert [file.bpm for file in draft.files] == [pytest.approx(120, abs=0.5), pytest.approx(128, abs=0.5)]
    assert all(file.measured and file.measured.has_preview and file.measured.outline for file in draft.files)
    assert draft.title == "Ridge Techno"
    assert [file.title for file in draft.files] == ["Kick 1", "Kick 2"]
    assert draft.genre_slug == "techno"
    assert "kick" in draft.tags
    assert "2 sounds" in draft.description


async def test_first_pack_is_reviewed_published_and_sold(filled):
    viewer, draft_id = filled
    assert await submit(viewer, draft_id) is DraftState.IN_REVIEW
    moderator = await make_user(role=Role.MODERATOR)
    async with transaction() as session:
        (line,) = await review.queue(session, moderator)
        assert line.reason == "The creator's first pack."
        await review.approve(session, moderator, draft_id=draft_id)
    assert [name for name, _ in await work()] == ["publish", "feed"]
    draft = await draft_of(viewer, draft_id)
    assert draft.state is DraftState.PUBLISHED
    buyer = await make_user(tokens=100)
    async with transaction() as session:
        pack = await detail.get_pack(session, buyer, slug=draft.pack_slug)
        assert (pack.card.file_count, pack.card.bpm_min, pack.card.bpm_max) == (2, 120.0, 128.0)
        assert pack.card.preview_seconds > 5
        await checkout.buy(session, buyer, pack_slug=draft.pack_slug, price_tokens=30, key="k1")
    async with api_client(buyer) as client:
        assert (await client.get(f"/api/v1/packs/{draft.pack_slug}/preview")).status_code == 200
        assert (await client.get(f"/media/covers/{pack.card.cover_key}/320.webp")).status_code == 200
        assert (await client.get(f"/media/covers/{pack.card.cover_key}/social.jpg")).status_code == 200
        archive = await client.get(f"/api/v1/library/{draft.pack_slug}/zip")
        assert archive.content.startswith(b"PK")


async def published(viewer: Viewer, draft_id: str) -> str:
    if await submit(viewer, draft_id) is DraftState.IN_REVIEW:
        moderator = await make_user(role=Role.MODERATOR)
        async with transaction() as session:
            await review.approve(session, moderator, draft_id=draft_id)
    await work()
    slug = (await draft_of(viewer, draft_id)).pack_slug
    assert slug
    return slug


async def test_replaced_sound_stays_with_its_owners(filled):
    viewer, draft_id = filled
    slug = await published(viewer, draft_id)
    buyer = await make_user(tokens=100)
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=slug, price_tokens=30, key="k1")
        await publishing.recall(session, viewer, draft_id=draft_id)
        old = (await drafts.get(session, viewer, draft_id=draft_id)).files[0]
        await draft_sounds.remove_files(session, viewer, file_ids=[str(old.id)])
    await send(viewer, draft_id, "new.wav", beat(bpm=140, seed=9))
    await work()
    assert await published(viewer, draft_id) == slug
    async with read_only() as session:
        pack = await detail.get_pack(session, buyer, slug=slug)
        assert str(old.id) not in {file.id for file in pack.files}
        assert pack.card.bpm_max == 140.0
        assert (await detail.get_file(session, buyer, file_id=str(old.id))).owned
        with pytest.raises(NotFoundError):
            await detail.get_file(session, await make_user(), file_id=str(old.id))
    async with api_client(buyer) as client:
        assert (await client.get(f"/api/v1/library/files/{old.id}/download")).status_code == 303


async def test_stated_value_overrides_measured_value(filled):
    viewer, draft_id = filled
    file = (await draft_of(viewer, draft_id)).files[0]
    async with transaction() as session:
        await draft_sounds.change_files(session, viewer, file_ids=[str(file.id)], bpm="60", key="8A")
    changed = (await draft_of(viewer, draft_id)).files[0]
    assert (changed.bpm, changed.key, changed.is_bpm_set) == (60.0, "A minor", True)
    assert changed.measured
    assert changed.measured.bpm == pytest.approx(120, abs=0.5)
    async with read_only() as session:
        assert await analysis.outdated(session) == []
        everything = await analysis.outdated(session, is_all=True)
    assert await analysis.reanalyse(everything[0])
    assert (await draft_of(viewer, draft_id)).files[0].bpm == 60.0
    async with transaction() as session:
        await draft_sounds.clear_override(session, viewer, file_id=str(file.id), field="bpm")
    assert (await draft_of(viewer, draft_id)).files[0].bpm == pytest.approx(120, abs=0.5)


@pytest.mark.parametrize(
    "fields", [{"bpm": "fast"}, {"bpm": 1e308}, {"bpm": -1}, {"key": "H moll"}, {"kind": "x"}, {"title": ""}]
)
async def test_invalid_values_are_rejected_with_message(filled, fields: dict):
    viewer, draft_id = filled
    before = await draft_of(viewer, draft_id)
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await draft_sounds.change_files(session, viewer, file_ids=[str(before.files[0].id)], **fields)
    assert (await draft_of(viewer, draft_id)).files == before.files


async def test_silent_file_blocks_publishing(filled):
    viewer, draft_id = filled
    await send(viewer, draft_id, "silent.wav", silence())
    await work()
    with pytest.raises(publishing.NotReadyError) as refused:
        await submit(viewer, draft_id)
    assert "no sound" in refused.value.sentence
    draft = await draft_of(viewer, draft_id)
    async with transaction() as session:
        await draft_sounds.remove_files(session, viewer, file_ids=[str(draft.files[-1].id)])
    assert await submit(viewer, draft_id) is DraftState.IN_REVIEW


async def test_draft_is_private_to_its_creator(filled):
    viewer, draft_id = filled
    other_creator = await make_creator()
    file_id = str((await draft_of(viewer, draft_id)).files[0].id)
    async with transaction() as session:
        for attempt in (
            drafts.get(session, other_creator, draft_id=draft_id),
            drafts.change(session, other_creator, draft_id=draft_id, title="Mine"),
            draft_sounds.change_files(session, other_creator, file_ids=[file_id], title="Mine"),
            draft_sounds.remove_files(session, other_creator, file_ids=[file_id]),
            drafts.discard(session, other_creator, draft_id=draft_id),
            publishing.submit(session, other_creator, draft_id=draft_id),
            publishing.recall(session, other_creator, draft_id=draft_id),
            publishing.withdraw(session, other_creator, draft_id=draft_id),
        ):
            with pytest.raises(NotFoundError):
                await attempt
    async with api_client(other_creator) as client:
        assert (await client.get(f"/api/v1/files/{file_id}/preview")).status_code == 404
        body = {"name": "a.wav", "size": 10, "pack": draft_id}
        assert (await client.post("/api/v1/uploads", json=body)).status_code == 404
    async with api_client(viewer) as client:
        assert (await client.get(f"/api/v1/files/{file_id}/preview")).status_code == 200


async def test_draft_in_review_is_locked_until_returned(filled):
    viewer, draft_id = filled
    await submit(viewer, draft_id)
    with pytest.raises(ConflictError):
        async with transaction() as session:
            await drafts.change(session, viewer, draft_id=draft_id, title="Other")
    moderator = await make_user(role=Role.MODERATOR)
    async with transaction() as session:
        await review.return_to_creator(session, moderator, draft_id=draft_id, reason="The cover is missing.")
    draft = await draft_of(viewer, draft_id)
    assert (draft.state, draft.note) == (DraftState.DRAFT, "The cover is missing.")


async def test_withdraw_and_publish_again_keeps_slug(filled):
    viewer, draft_id = filled
    slug = await published(viewer, draft_id)
    async with transaction() as session:
        await publishing.withdraw(session, viewer, draft_id=draft_id)
    async with read_only() as session:
        with pytest.raises(NotFoundError):
            await detail.get_pack(session, None, slug=slug)
    async with transaction() as session:
        await publishing.recall(session, viewer, draft_id=draft_id)
    assert await published(viewer, draft_id) == slug
    async with read_only() as session:
        (line,) = await overview.list_own(session, viewer)
    assert (line.state, line.is_on_sale, line.pack_slug) == (DraftState.PUBLISHED, True, slug)


async def test_discarded_draft_is_restored_within_the_hour(filled, as_owner):
    viewer, draft_id = filled
    async with transaction() as session:
        await drafts.discard(session, viewer, draft_id=draft_id)
    async with read_only() as session:
        assert await overview.list_own(session, viewer) == ()
    for act in (
        lambda session: drafts.get(session, viewer, draft_id=draft_id),
        lambda session: drafts.change(session, viewer, draft_id=draft_id, title="x"),
        lambda session: publishing.submit(session, viewer, draft_id=draft_id),
        lambda session: publishing.recall(session, viewer, draft_id=draft_id),
    ):
        with pytest.raises(NotFoundError):
            async with transaction() as session:
                await act(session)
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await drafts.restore(session, await make_user(), draft_id=draft_id)
        await drafts.delete_discarded(session)
        await drafts.restore(session, viewer, draft_id=draft_id)
        await drafts.restore(session, viewer, draft_id=draft_id)
    assert len((await draft_of(viewer, draft_id)).files) == 2
    async with transaction() as session:
        await drafts.discard(session, viewer, draft_id=draft_id)
    as_owner("UPDATE drafts SET discarded_at = discarded_at - interval '61 minutes'")
    async with transaction() as session:
        await drafts.delete_discarded(session)
        with pytest.raises(NotFoundError):
            await drafts.restore(session, viewer, draft_id=draft_id)
    assert as_owner("SELECT count(*) FROM draft_files") == as_owner("SELECT count(*) FROM uploads") == [(0,)]


async def test_sound_of_a_discarded_draft_can_be_sent_again(filled):
    viewer, draft_id = filled
    async with transaction() as session:
        await drafts.discard(session, viewer, draft_id=draft_id)
    again = await new_draft(viewer)
    await send(viewer, again, "ridge_techno_120_kick_1.wav", beat(bpm=120, seed=1))
    assert len((await draft_of(viewer, again)).files) == 1
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await drafts.restore(session, viewer, draft_id=draft_id)


async def test_pack_page_is_previewed_by_its_creator_and_moderators(filled):
    viewer, draft_id = filled
    moderator = await make_user(role=Role.MODERATOR)
    async with read_only() as session:
        with pytest.raises(NotFoundError):
            await preview.pack_page(session, await make_creator(), draft_id=draft_id)
        page = await preview.pack_page(session, viewer, draft_id=draft_id)
        assert await preview.pack_page(session, moderator, draft_id=draft_id) == page
    assert (page.card.title, page.card.file_count, page.card.creator.name) == ("Ridge Techno", 2, viewer.display_name)
    assert [(offer.kind, offer.price_tokens) for offer in page.offers] == [("standard", 30), ("broadcast", 90)]
    async with tab(viewer) as creator, tab(await make_user()) as other:
        seen = await creator.send("PackState.load_preview", "/studio/preview", f"?draft={draft_id}")
        assert (seen["title"], seen["is_preview"], len(seen["rows"])) == ("Ridge Techno", True, 2)
        assert seen["card"].cover
        seen = await other.send("PackState.load_preview", "/studio/preview", f"?draft={draft_id}")
        assert seen["is_missing"] is True
    slug = await published(viewer, draft_id)
    async with read_only() as session:
        sold = await detail.get_pack(session, None, slug=slug)
    assert [(f.title, f.bpm, f.key, f.price_tokens) for f in sold.files] == [
        (f.title, f.bpm, f.key, f.price_tokens) for f in page.files
    ]
    assert [offer.price_tokens for offer in sold.offers] == [30, 90]


async def test_editor_creates_its_draft_with_the_first_field(db, as_owner):
    async with tab(await make_user()) as seller:
        seen = await seller.send("WizardState.load", "/studio/upload")
        assert (seen["draft_id"], seen["form"]["price_tokens"], seen["is_first_pack"]) == ("", "30", True)
        await seller.send("WizardState.save", "/studio/upload", field="price_tokens", value="30")
        assert as_owner("SELECT count(*) FROM drafts") == [(0,)]
        await seller.send("WizardState.save", "/studio/upload", field="title", value="Tide")
        draft_id = seller.vars["draft_id"]
        assert f"draft={draft_id}" in seller.told()
        await seller.send("WizardState.start", "/studio/upload")
        assert as_owner("SELECT id::text, title FROM drafts") == [(draft_id, "Tide")]
        await seller.send("StudioState.discard", "/studio", draft_id=draft_id)
        assert "Undo" in seller.told()
        await seller.send("StudioState.restore_discarded", "/studio", draft_id=draft_id)
        assert [row.title for row in seller.vars["rows"]] == ["Tide"]


def zip_of(entries: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


async def test_zip_is_unpacked_into_draft(filled):
    viewer, draft_id = filled
    sounds = {f"kit/hat {n}.wav": beat(bpm=90 + n, bars=1, seed=20 + n) for n in range(3)}
    content = zip_of({**sounds, "readme.txt": b"hello", "__MACOSX/._hat 0.wav": b"x"})
    await send(viewer, draft_id, "kit.zip", content)
    assert [name for name, _ in await work()] == ["unpack", "analyse", "analyse", "analyse"]
    draft = await draft_of(viewer, draft_id)
    assert [file.file_name for file in draft.files[2:]] == ["hat 0.wav", "hat 1.wav", "hat 2.wav"]
    assert all(file.state is DraftFileState.READY for file in draft.files)
    async with api_client(viewer) as client:
        assert (await client.get("/api/v1/uploads")).json() == []


async def test_zip_with_the_same_sounds_adds_nothing(filled):
    viewer, draft_id = filled
    content = zip_of({"again.wav": beat(bpm=120, seed=1)})
    await send(viewer, draft_id, "again.zip", content)
    await work()
    assert len((await draft_of(viewer, draft_id)).files) == 2


async def test_damaged_sound_is_marked_and_sent_again_in_a_zip(filled, as_owner):
    viewer, draft_id = filled
    await published(viewer, draft_id)
    [(key,)] = as_owner("SELECT master_key FROM audio_files ORDER BY position LIMIT 1")
    await store().delete(key)
    await storage_maintenance.report_damage(key)
    found = [[one.code for one in file.findings] for file in (await draft_of(viewer, draft_id)).files]
    assert "store_damaged" in found[0]
    assert "store_damaged" not in found[1]
    async with transaction() as session:
        await publishing.recall(session, viewer, draft_id=draft_id)
    await send(viewer, draft_id, "again.zip", zip_of({"again.wav": beat(bpm=120, seed=1)}))
    await work()
    draft = await draft_of(viewer, draft_id)
    assert (len(draft.files), "store_damaged" in [one.code for one in draft.files[0].findings]) == (2, False)
    assert [report.damages async for report in storage_maintenance.verify_all(store())] == [()]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ({"../evil.wav": b"x" * 100}, "point outside"),
        ({"inner.zip": b"PK"}, "archive inside"),
        ({"a.txt": b"hello"}, "no sounds"),
    ],
)
async def test_rejected_zip_is_deleted_with_reason(filled, entries: dict[str, bytes], reason: str):
    viewer, draft_id = filled
    await send(viewer, draft_id, "bad.zip", zip_of(entries))
    await work()
    draft = await draft_of(viewer, draft_id)
    assert len(draft.files) == 2
    assert draft.note.startswith("bad.zip: ")
    assert reason in draft.note


async def test_removed_sound_can_be_restored_and_text_follows(filled):
    viewer, draft_id = filled
    before = await draft_of(viewer, draft_id)
    async with transaction() as session:
        removed = await draft_sounds.remove_files(session, viewer, file_ids=[str(before.files[0].id)])
    assert (await draft_of(viewer, draft_id)).description.startswith("1 sound")
    async with transaction() as session:
        await draft_sounds.restore_files(session, viewer, removed)
    after = await draft_of(viewer, draft_id)
    assert after.files == before.files
    assert after.description == before.description


async def test_edited_text_is_not_overwritten(filled):
    viewer, draft_id = filled
    async with transaction() as session:
        await drafts.change(session, viewer, draft_id=draft_id, description="Mine.", title="My own")
    await send(viewer, draft_id, "more.wav", beat(bpm=100, seed=44))
    await work()
    draft = await draft_of(viewer, draft_id)
    assert (draft.title, draft.description) == ("My own", "Mine.")
    assert draft.summary.startswith("3 loops")
