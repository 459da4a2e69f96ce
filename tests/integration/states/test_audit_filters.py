"""The audit log is filtered by who did it, target and days, on the page, in the API and in the export."""

import csv
import io

import pytest

from askchopper.database import transaction
from askchopper.services import audit
from askchopper.vocabulary import Role
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
PATH = "/admin/audit"


@pytest.fixture
async def chief(db: None, as_owner):
    """An administrator; entries of two administrators and the command line, one of them of March."""
    ada, ben = [
        await make_user(name=name, email=f"{name}@example.test", role=Role.ADMIN) for name in ("ada", "ben_100%")
    ]
    async with transaction() as session:
        for viewer, action, target, target_id in (
            (ada, "member.role", "member", "m1"), (ben, "site.switch", "switch", "chat"), (None, "member.role", "member", "m2"),
            (ada, "site.switch", "switch", "mail"),
        ):  # fmt: skip
            await audit.record(session, viewer, action=action, target=target, target_id=target_id)
    as_owner(
        "ALTER TABLE audit_log DISABLE TRIGGER USER",
        "UPDATE audit_log SET created_at = '2026-03-05 23:59:59.5+00' WHERE target_id = 'm1'",
        "ALTER TABLE audit_log ENABLE TRIGGER USER",
    )
    return ada


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ["mail", "m2", "chat", "m1"]),
        ({"who": "ADA"}, ["mail", "m1"]),
        ({"who": "ben_100%@example"}, ["chat"]),
        ({"who": "%"}, []),
        ({"who": "operator"}, ["m2"]),
        ({"target": "m2"}, ["m2"]),
        ({"target": "switch"}, ["mail", "chat"]),
        ({"from": "2026-03-05", "to": "2026-03-05"}, ["m1"]),
        ({"to": "2026-03-04"}, []),
        ({"from": "0001-01-01", "to": "9999-12-31", "who": "ada", "target": "switch"}, ["mail"]),
    ],
)
async def test_page_api_and_export_agree(chief, given: dict[str, str], found: list[str]):
    async with tab(chief) as page:
        await page.send("AuditState.load", PATH)
        await page.send("AuditState.show_entries", PATH, form=given)
        assert [row["target"].rpartition(" ")[2] for row in page.vars["rows"]] == found
        export = page.vars["export"]
    async with api_client(chief) as client:
        items = (await client.get("/api/v1/admin/audit", params=given)).json()["items"]
        exported = list(csv.DictReader(io.StringIO((await client.get(export)).text)))
    assert [one["target_id"] for one in items] == [one["Id"] for one in exported] == found


async def test_actions_and_fields_are_filtered_together(chief):
    async with tab(chief) as page:
        await page.send("AuditState.load", PATH)
        await page.send("AuditState.show_entries", PATH, form={"who": "ada"})
        await page.send("AuditState.show_action", PATH, action="site")
        assert [row["target"] for row in page.vars["rows"]] == ["switch mail"]


@pytest.mark.parametrize("given", [{"from": "soon"}, {"to": "2026-02-30"}, {"from": "2026-03-06", "to": "2026-03-05"}])
async def test_days_that_are_none_get_a_sentence(chief, given: dict[str, str]):
    async with tab(chief) as page:
        await page.send("AuditState.load", PATH)
        before = page.vars["export"]
        page.told()
        await page.send("AuditState.show_entries", PATH, form=given)
        assert "day" in page.told()
        assert page.vars["export"] == before
    async with api_client(chief) as client:
        for path in ("audit", "audit.csv"):
            assert (await client.get(f"/api/v1/admin/{path}", params=given)).status_code == 422
    async with api_client(await make_user()) as client:
        assert (await client.get("/api/v1/admin/audit", params=given)).status_code == 404
