"""Administrators write terms of the glossary over shipped ones, or add some; both can be undone."""

import asyncio
import contextlib

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.glossary import GlossaryEntry
from askchopper.services import audit
from askchopper.services.knowledge import glossary, glossary_edits
from askchopper.vocabulary import Role
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
TEXT = "A wobble snare is played so softly that it is felt more than heard. Try it on the snare between two beats."


@pytest.fixture(autouse=True)
def as_shipped():
    yield
    glossary.use(())


async def save(admin: Viewer, **given: str) -> GlossaryEntry:
    fields = {"term": "wobble snare", "kind": "rhythm", "written": TEXT, "aliases": "", "related": "", **given}
    async with transaction() as session:
        return await glossary_edits.save(session, admin, **fields)


async def follow() -> None:
    """Run the task by which a process follows what another one saved."""
    task = asyncio.create_task(glossary_edits.watch())
    await asyncio.sleep(0.3)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_add_a_term_and_delete_it(db: None):
    admin = await make_user(role=Role.ADMIN)
    await save(admin, aliases="soft snare, felt snare", related="swing")
    assert glossary.get("soft snare") is None  # until the process has read it
    await follow()
    entry = glossary.by_slug("wobble-snare")
    assert (entry.text, entry.related, entry.rule) == (TEXT, ("swing",), "")
    assert glossary.get("felt snares") == entry
    assert [found.slug for found in glossary.lookup("what is a wobble snare?")] == ["wobble-snare"]
    async with transaction() as session:
        await glossary_edits.revert(session, admin, slug="wobble-snare")
        await glossary_edits.revert(session, admin, slug="wobble-snare")
    await follow()
    assert glossary.get("wobble snare") is None
    async with read_only() as session:
        lines = (await audit.entries(session, admin)).items
    assert [line.action for line in lines] == ["site.term_reverted", "site.term_saved"]


async def test_write_over_a_shipped_term_and_restore_it(db: None):
    admin = await make_user(role=Role.ADMIN)
    shipped = glossary.by_slug("sidechain-compression")
    changed = f"{shipped.text} It is heard in most house records since the nineties."
    await save(
        admin,
        term=shipped.term,
        kind=shipped.kind,
        written=changed.replace(". ", ".\n"),
        aliases=", ".join(shipped.aliases),
    )
    await follow()
    entry = glossary.by_slug("sidechain-compression")
    assert (entry.text, entry.rule, entry.related) == (changed, shipped.rule, ())
    async with transaction() as session:
        await glossary_edits.revert(session, admin, slug=entry.slug)
    await follow()
    assert glossary.by_slug("sidechain-compression") == shipped


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"term": " "}, "term", "The term is missing."),
        ({"term": "!?"}, "term", "A term has letters from A to Z or digits."),
        ({"kind": "poetry"}, "kind", "Choose a topic."),
        ({"written": "Short."}, "text", "The text needs at least 40 characters."),
        ({"written": "x" * 2_000}, "text", "The text can have at most 1200 characters."),
        ({"aliases": "swing"}, "term", "'swing' means"),
        ({"term": "ß" * 60}, "term", "A term has letters from A to Z or digits."),
        ({"aliases": "сведение"}, "term", "has no letter from A to Z and no digit"),
        ({"term": "cards"}, "term", "two terms have the same address, or one that is reserved."),
        ({"related": "no such thing"}, "related", "There is no term “no such thing”."),
        ({"related": "wobble snare"}, "related", "There is no term “wobble snare”."),
        ({"aliases": ",".join(f"name {n}" for n in range(20))}, "aliases", "Give at most 12 names."),
    ],
)
async def test_refused(db: None, given: dict[str, str], field: str, sentence: str):
    admin = await make_user(role=Role.ADMIN)
    with pytest.raises(InvalidInputError) as refused:
        await save(admin, **given)
    assert (refused.value.field, sentence in refused.value.sentence) == (field, True), refused.value.sentence


async def test_a_shipped_term_may_be_written_in_capitals(db: None):
    admin = await make_user(role=Role.ADMIN)
    shipped = glossary.by_slug("adsr-envelope")
    await save(admin, term=shipped.term.upper(), kind=shipped.kind, aliases=", ".join(shipped.aliases))
    await follow()
    assert glossary.by_slug("adsr-envelope").term == "ADSR ENVELOPE"


async def test_two_administrators_at_once_cannot_use_one_name(db: None):
    first, second = await make_user(role=Role.ADMIN), await make_user(role=Role.ADMIN)
    outcomes = await asyncio.gather(
        save(first, term="wobble one", aliases="zzalias"), save(second, term="wobble two", aliases="zzalias"), return_exceptions=True
    )  # fmt: skip
    assert sorted(type(one).__name__ for one in outcomes) == ["GlossaryEntry", "InvalidInputError"]
    await follow()
    assert glossary.get("zzalias") is not None


async def test_an_edit_that_a_later_release_collides_with_leaves_the_others(db: None, as_owner):
    admin = await make_user(role=Role.ADMIN)
    await save(admin)
    await save(admin, term="wobble kick")
    as_owner("UPDATE glossary_edits SET aliases = '{sidechain}' WHERE slug = 'wobble-kick'")
    await follow()
    assert glossary.get("wobble snare") is not None
    assert glossary.get("sidechain") == glossary.by_slug("sidechain-compression")


async def test_a_term_that_another_is_related_to_stays(db: None):
    admin = await make_user(role=Role.ADMIN)
    await save(admin)
    await follow()
    await save(admin, term="wobble kick", related="wobble snare")
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await glossary_edits.revert(session, admin, slug="wobble-snare")


async def test_others_than_administrators_see_no_such_page(db: None):
    for viewer in (None, await make_user(), await make_user(role=Role.MODERATOR)):
        with pytest.raises(NotFoundError):
            await save(viewer)  # pyright: ignore[reportArgumentType]
        with pytest.raises(NotFoundError):
            async with read_only() as session:
                await glossary_edits.listed(session, viewer)
