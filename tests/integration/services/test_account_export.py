"""Exporting one's data: complete, without secrets, for its owner only, and for some days."""

import io
import json
import uuid
import zipfile

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError
from askchopper.integrations.blob_store import store
from askchopper.schemas.accounts import ExportSummary, Viewer
from askchopper.services import account_export, activity, limits, storage_maintenance
from askchopper.services.account_export_areas import AREAS, LEFT_OUT
from tests.integration.services.test_account_deletion import _REFERENCES, NAME, delete_account, full_account
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import PASSWORD, make_user
from tests.support.studio import work

pytestmark = pytest.mark.integration


async def request(viewer: Viewer, password: str = "") -> None:
    async with transaction() as session:
        await account_export.request(session, viewer, password=password)


async def latest(viewer: Viewer) -> ExportSummary | None:
    async with read_only() as session:
        return await account_export.find_latest(session, viewer)


async def export(viewer: Viewer) -> ExportSummary:
    await request(viewer)
    for name, arguments in await work():
        if name == "export_data":
            await account_export.write(uuid.UUID(arguments["export_id"]))
    found = await latest(viewer)
    assert found
    return found


async def is_stored(found: ExportSummary) -> bool:
    return f"exports/{found.id}.zip" in {file.key async for file in store().list_files("exports/")}


async def fetch(viewer: Viewer | None, found: ExportSummary):
    async with api_client(viewer) as client:
        return await client.get(f"/api/v1/me/exports/{found.id}")


async def unpacked(viewer: Viewer) -> dict[str, bytes]:
    answer = await fetch(viewer, await export(viewer))
    assert answer.status_code == 200
    assert "ask-chopper-my-data.zip" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_export_has_every_area_and_the_own_files(db, as_owner):
    member, *_ = await full_account(as_owner)
    found = await unpacked(member)
    areas = {name: json.loads(content) for name, content in found.items() if name.endswith(".json")}
    assert {f"{name}.json" for name in AREAS} | {"left_out.json"} == set(areas)
    assert [name for name, rows in areas.items() if not rows] == ["left_out.json"]
    assert areas["account.json"][0]["display_name"] == NAME
    assert areas["conversations.json"][0]["messages"][0]["words"] == "Quillfeather"
    assert {entry["account"] for entry in areas["bookings.json"][-1]["entries"]} <= {
        "earnings",
        "bonus_earnings",
        "spendable",
    }
    files = [name for name in found if name.startswith("files/")]
    assert any(name.endswith("quillfeather.wav") for name in files)
    assert any(name.endswith("Quillfeather.txt") for name in files)
    assert len(files) == 1 + 1 + 5


async def test_export_has_no_secret(db, as_owner):
    member, *_ = await full_account(as_owner)
    found = await unpacked(member)
    words = b"".join(content for name, content in found.items() if name.endswith(".json")).decode()
    for secret in (
        "password_hash",
        "token_hash",
        "access_token",
        "refresh_token",
        "store_key",
        "master_key",
        "argon2",
        "last_hash",
    ):
        assert secret not in words


def test_every_table_of_members_is_exported_or_left_out(db, as_owner):
    columns = {f"{table}.{column}" for table, column in as_owner(_REFERENCES)}
    exported = {
        column for column in columns if any(f"FROM {column.split('.')[0]} t" in query for query in AREAS.values())
    }
    assert columns - exported <= set(LEFT_OUT)
    assert set(LEFT_OUT) <= columns


async def test_only_its_owner_gets_it_and_for_some_days(db, as_owner):
    member, other = await make_user(), await make_user()
    found = await export(member)
    assert (await fetch(None, found)).status_code == 401
    assert (await fetch(other, found)).status_code == 404
    assert (await fetch(member, found)).status_code == 200
    as_owner("UPDATE data_exports SET expires_at = now()")
    assert (await fetch(member, found)).status_code == 404
    assert await latest(member) is None
    async with transaction() as session:
        await account_export.delete_expired(session)
    await storage_maintenance.delete_released(store())
    assert not await is_stored(found)


async def test_owner_is_notified(db):
    member = await make_user()
    await export(member)
    async with read_only() as session:
        [notice] = await activity.notifications(session, member)
    assert (notice.sentence, notice.link) == (
        "Your data is ready. You can download it for 3 days.",
        "/settings#your-data",
    )


async def test_one_at_a_time_and_three_a_day(db, limits_on):
    member = await make_user()
    await request(member)
    with pytest.raises(ConflictError, match="being made"):
        await request(member)
    [(_, arguments)] = await work()
    await account_export.write(uuid.UUID(arguments["export_id"]))
    await export(member)
    await export(member)
    with pytest.raises(limits.LimitReachedError, match=r"Try again in 24 hours"):
        await request(member)


async def test_new_export_replaces_the_old_one(db):
    member = await make_user()
    old, new = await export(member), await export(member)
    await storage_maintenance.delete_released(store())
    assert (await fetch(member, old)).status_code == 404
    assert (await fetch(member, new)).status_code == 200
    await account_export.write(uuid.UUID(old.id))  # a job that runs again
    assert (await is_stored(old), await is_stored(new)) == (False, True)


async def test_files_over_the_limit_are_listed(db, as_owner, monkeypatch):
    member, *_ = await full_account(as_owner)
    monkeypatch.setattr(policy, "MAX_EXPORT_BYTES", 100)
    found = await unpacked(member)
    left_out = json.loads(found["left_out.json"])
    assert len(left_out) == 6
    assert [name for name in found if name.startswith("files/")] != []


async def test_failed_export_is_told_and_can_be_repeated(db):
    member = await make_user()
    await request(member)
    found = await latest(member)
    assert found
    await account_export.mark_failed(uuid.UUID(found.id))
    async with tab(member) as opened:
        await opened.send("ExportDataState.load", "/settings")
        assert opened.vars["state"] == "failed"
        await opened.send("ExportDataState.request", "/settings", form={})
        assert opened.vars["state"] == "waiting"


async def test_old_session_needs_the_password(db, as_owner):
    member = await make_user()
    as_owner("UPDATE sessions SET created_at = now() - interval '1 hour'")
    with pytest.raises(InvalidInputError):
        await request(member, "wrong one")
    await request(member, PASSWORD)


async def test_export_is_deleted_with_the_account(db):
    member = await make_user()
    found = await export(member)
    await delete_account(member)
    await storage_maintenance.delete_released(store())
    assert not await is_stored(found)
    await account_export.write(uuid.UUID(found.id))  # a job that runs again
    async with read_only() as session:
        assert (await session.execute(text("SELECT count(*) FROM data_exports"))).scalar_one() == 0
