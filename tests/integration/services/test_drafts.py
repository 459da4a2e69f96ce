"""Drafts: which one counts as new, and which findings of its sounds can be dismissed."""

from datetime import timedelta

import pytest

from askchopper.database import transaction
from askchopper.errors import NotFoundError
from askchopper.models.base import utc_now
from askchopper.services.studio import draft_sounds, drafts
from tests.integration.services.test_studio import filled  # noqa: F401 - a fixture
from tests.support.factories import make_creator
from tests.support.studio import draft_of, new_draft

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "changed",
    [
        {"price_tokens": 90}, {"sound_price_tokens": 9}, {"broadcast_price_tokens": 900}, {"genre_slug": "techno"},
        {"summary": "Short"}, {"description": "Long"}, {"tags": "dusty"}, {"release_at": utc_now() + timedelta(days=3)},
    ],
)  # fmt: skip
async def test_draft_with_any_change_is_not_given_out_as_a_new_one(db, changed: dict):
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    assert await new_draft(viewer) == draft_id
    async with transaction() as session:
        await drafts.change(session, viewer, draft_id=draft_id, **changed)
    assert await new_draft(viewer) != draft_id


async def test_finding_that_a_sound_has_not_cannot_be_dismissed(filled, as_owner):  # noqa: F811
    viewer, draft_id = filled
    [file_id, _] = [str(file.id) for file in (await draft_of(viewer, draft_id)).files]
    as_owner('UPDATE analyses SET findings = \'[{"code": "tempo_changes", "severity": "warning", "message": "x"}]\'')
    for code in ("invented", "tempo_unsure", "x" * 5000, ""):
        with pytest.raises(NotFoundError):
            async with transaction() as session:
                await draft_sounds.dismiss_finding(session, viewer, file_id=file_id, code=code)
    async with transaction() as session:
        await draft_sounds.dismiss_finding(session, viewer, file_id=file_id, code="tempo_changes")
    [found] = (await draft_of(viewer, draft_id)).files[0].findings
    assert found.is_kept
