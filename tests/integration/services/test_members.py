"""Administration of members: suspension, roles, signing out; each act is in the audit log, which nobody can change."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, retrying, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.services import accounts, audit, members, sessions
from askchopper.vocabulary import Role
from tests.support.clients import JSON, api_client
from tests.support.factories import PASSWORD, make_user

pytestmark = pytest.mark.integration


async def admin() -> Viewer:
    return await make_user(name="Ada", role=Role.ADMIN)


async def suspend(
    viewer: Viewer, member: Viewer, *, reason: str = "Spam in comments", until: datetime | None = None
) -> None:
    async with transaction() as session:
        await members.suspend(session, viewer, member_id=str(member.user_id), reason=reason, until=until)


async def log(viewer: Viewer, **more: str) -> list[tuple[str, str, dict[str, object], dict[str, object]]]:
    async with read_only() as session:
        page = await audit.entries(session, viewer, audit.parse_filter(**more))
    return [(one.action, one.reason, one.before, one.after) for one in page.items]


async def signs_in(email: str) -> bool:
    async with api_client() as client:
        return (
            await client.post("/auth/login", data={"email": email, "password": PASSWORD}, headers=JSON)
        ).status_code == 200


async def test_suspended_member_is_out_at_once_and_back_after_the_end(db: None, as_owner):
    chief, member = await admin(), await make_user(email="loud@example.test")
    until = datetime.now(UTC) + timedelta(days=3)
    async with api_client(member) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
        await suspend(chief, member, until=until)
        assert (await client.get("/api/v1/me")).status_code == 401
    assert not await signs_in("loud@example.test")
    async with transaction() as session:
        await members.end_due(session)
    assert not await signs_in("loud@example.test"), "its end has not come"
    as_owner("UPDATE suspensions SET ends_at = now() - interval '1 second'")
    async with transaction() as session:
        await members.end_due(session)
    assert await signs_in("loud@example.test")
    assert await log(chief) == [
        ("member.suspended", "Spam in comments", {"suspended": False}, {"suspended": True, "until": until.isoformat()})
    ]


async def test_suspension_is_lifted(db: None):
    chief, member = await admin(), await make_user(email="loud@example.test")
    await suspend(chief, member)
    async with transaction() as session:
        await members.lift(session, chief, member_id=str(member.user_id))
        await members.lift(session, chief, member_id=str(member.user_id))
    assert await signs_in("loud@example.test")
    assert [action for action, *_ in await log(chief, action="member")] == ["member.reinstated", "member.suspended"]
    assert await log(chief, action="rewards") == []


async def test_nobody_suspends_themself_or_an_administrator(db: None):
    chief, other = await admin(), await admin()
    for target in (chief, other):
        with pytest.raises(ConflictError):
            await suspend(chief, target)


@pytest.mark.parametrize("days", [-1, 0, policy.MAX_SUSPENSION_DAYS + 1, 73_000])
async def test_end_has_to_be_in_the_future(db: None, days: int):
    with pytest.raises(InvalidInputError, match="future"):
        await suspend(await admin(), await make_user(), until=datetime.now(UTC) + timedelta(days=days))


async def test_the_last_administrator_keeps_the_role_under_racers(db: None):
    one, two = await admin(), await admin()

    async def demote(viewer: Viewer, target: Viewer) -> None:
        await retrying(lambda session: members.set_role(session, viewer, member_id=str(target.user_id), role="member"))

    results = await asyncio.gather(demote(one, two), demote(two, one), return_exceptions=True)
    assert any(isinstance(result, ConflictError) for result in results)
    async with read_only() as session:
        left = (await session.execute(text("SELECT count(*) FROM users WHERE role = 'admin'"))).scalar_one()
    assert left == 1


async def exported(viewer: Viewer) -> str:
    return "".join([piece async for piece in audit.stream_csv(viewer)])


async def test_only_administrators(db: None):
    member, moderator = await make_user(), await make_user(role=Role.MODERATOR)
    for viewer in (member, moderator, None):
        async with transaction() as session:
            for act in (
                members.search(session, viewer), audit.entries(session, viewer), anext(audit.stream_csv(viewer)),
                members.suspend(session, viewer, member_id=str(member.user_id), reason="Because"),
                members.set_role(session, viewer, member_id=str(member.user_id), role="admin"),
                members.sign_out(session, viewer, member_id=str(member.user_id)),
                members.lift(session, viewer, member_id=str(member.user_id)),
                members.list_sessions(session, viewer, member_id=str(member.user_id)),
            ):  # fmt: skip
                with pytest.raises(NotFoundError):
                    await act


async def test_sessions_of_a_member_are_listed(db: None):
    member, admin = await make_user(), await make_user(role=Role.ADMIN)
    async with transaction() as session:
        await sessions.open_session(session, user_id=member.user_id, user_agent="Mozilla/5.0 (iPhone) Safari/604")
        found = await members.list_sessions(session, admin, member_id=str(member.user_id))
    assert "Safari on iPhone" in [one.device for one in found]
    assert not any(one.is_current for one in found)


async def test_sessions_that_have_ended_are_neither_counted_nor_listed(db: None, as_owner):
    member, chief = await make_user(email="mara@example.test"), await admin()
    async with transaction() as session:
        for agent in ("Firefox/140.0 (Linux)", "Firefox/140.0 (Windows)", "Firefox/140.0 (Mac OS X)"):
            await sessions.open_session(session, user_id=member.user_id, user_agent=agent)
    as_owner(
        "UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE user_agent LIKE '%Linux%'",
        f"UPDATE sessions SET last_seen_at = now() - interval '{policy.SESSION_IDLE_DAYS + 1} days' WHERE user_agent LIKE '%Windows%'",
    )
    async with read_only() as session:
        (line,) = (await members.search(session, chief, words="mara@")).items
        listed = await members.list_sessions(session, chief, member_id=str(member.user_id))
    assert [one.device for one in listed] == ["Firefox on Mac"]
    assert line.sessions == 1


async def test_search_pages_by_name_mail_and_id(db: None):
    chief = await admin()
    people = [await make_user(name=f"Mara {number}", email=f"mara{number}@example.test") for number in range(5)]
    async with read_only() as session:
        first = await members.search(session, chief, words="mara", limit=3)
        rest = await members.search(session, chief, words="MARA", limit=3, cursor=first.next_cursor)
        assert [one.name for one in first.items + rest.items] == [f"Mara {number}" for number in (4, 3, 2, 1, 0)]
        assert [one.email for one in (await members.search(session, chief, words="mara3@")).items] == [
            "mara3@example.test"
        ]
        assert [one.id for one in (await members.search(session, chief, words=str(people[0].user_id))).items] == [
            str(people[0].user_id)
        ]
        for odd in ("%", "_", "\x00", "a" * 5_000):
            assert (await members.search(session, chief, words=odd)).items == () or odd == "\x00"


async def test_entries_cannot_be_changed(db: None):
    chief, member = await admin(), await make_user()
    await suspend(chief, member)
    for statement in ("UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with pytest.raises(Exception, match=r"append-only|permission"):
            async with transaction() as session:
                await session.execute(text(statement))
    assert "member.suspended" in await exported(chief)


async def test_a_long_log_is_exported_in_pieces(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit, "_CHUNK_ROWS", 2)
    chief = await admin()
    async with transaction() as session:
        for number in range(5):
            await audit.record(session, chief, action="site.switch", target="switch", target_id=f"=cmd{number}")
    pieces = [piece async for piece in audit.stream_csv(chief)]
    rows = list(csv.DictReader(io.StringIO("".join(pieces))))
    assert [row["Id"] for row in rows] == [f"'=cmd{number}" for number in (4, 3, 2, 1, 0)]
    assert len(pieces) == 1 + 3


async def test_role_of_the_command_line_is_granted_and_in_the_log(db: None):
    member, admin = await make_user(email="new@example.test"), await make_user(role=Role.ADMIN)
    async with transaction() as session:
        await accounts.grant_role(session, email="new@example.test", role=Role.MODERATOR)
    async with read_only() as session:
        role = (
            await session.execute(text("SELECT role FROM users WHERE id = :id"), {"id": member.user_id})
        ).scalar_one()
        [line] = (await audit.entries(session, admin, audit.parse_filter(action="member.role"))).items
    assert "Operator, at the command line" in await exported(admin)
    assert role == "moderator"
    assert (line.actor, line.target_id, line.after) == (audit.COMMAND_LINE, str(member.user_id), {"role": "moderator"})
