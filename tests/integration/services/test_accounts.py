import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.models.base import utc_now
from askchopper.schemas.accounts import Viewer
from askchopper.services import access_tokens, accounts, inspections, passwords, sessions
from askchopper.settings import environment
from askchopper.vocabulary import Role, TokenScope
from tests.support.accounts import ask_for_reset, authenticate, let_pass, register, use_reset
from tests.support.factories import PASSWORD, make_creator, make_user, sign_in

pytestmark = pytest.mark.integration


async def look_up(token: str) -> Viewer | None:
    async with transaction() as session:
        return await sessions.viewer_by_session_token(session, token)


async def test_sign_in_ignores_case_of_email(db):
    user_id = await register("Ada@Example.test")
    token, viewer = await authenticate(" ADA@example.TEST ")
    assert viewer.user_id == user_id
    assert viewer.role is Role.MEMBER
    assert await look_up(token) == viewer


async def test_email_is_unique_under_concurrency(db):
    results = await asyncio.gather(register(), register("ADA@example.test"), return_exceptions=True)
    refused = [result for result in results if isinstance(result, InvalidInputError)]
    assert len(refused) == 1
    assert refused[0].field == "email"


async def test_new_user_has_empty_wallet_and_four_accounts(db, as_owner):
    await register()
    assert as_owner("SELECT spendable_tokens, bonus_tokens FROM wallets") == [(0, 0)]
    assert as_owner("SELECT count(*) FROM ledger_accounts WHERE user_id IS NOT NULL") == [(4,)]


async def test_registration_requires_verification_code(db):
    with environment(VERIFICATION_CODE="let-me-in"):
        with pytest.raises(InvalidInputError) as caught:
            await register(code="wrong")
        assert caught.value.field == "code"
        assert await register(code=" let-me-in ")


async def test_unknown_wrong_and_disabled_give_the_same_error(db):
    await register()
    await register("bo@example.test")
    async with transaction() as session:
        await session.execute(text("UPDATE users SET disabled_at = now() WHERE email = 'bo@example.test'"))
    sentences = set()
    for email, password in (
        ("x@example.test", PASSWORD),
        ("ada@example.test", "wrong one"),
        ("bo@example.test", PASSWORD),
    ):
        with pytest.raises(accounts.WrongCredentialsError) as caught:
            await authenticate(email, password)
        sentences.add((caught.value.sentence, caught.value.field))
    assert len(sentences) == 1


async def test_tokens_are_stored_as_hashes(db, as_owner):
    await register()
    token, _ = await authenticate("ada@example.test")
    [(stored,)] = as_owner("SELECT token_hash FROM sessions")
    assert token.encode() not in bytes(stored)
    assert len(bytes(stored)) == 32


async def test_session_ends_by_expiry_and_with_the_user(db):
    user = await make_user()
    token = await sign_in(user)
    assert await look_up(token)
    async with transaction() as session:
        await session.execute(text("UPDATE sessions SET expires_at = now() - interval '1 second'"))
    assert await look_up(token) is None
    token = await sign_in(user)
    async with transaction() as session:
        await session.execute(text("UPDATE users SET disabled_at = now()"))
    assert await look_up(token) is None


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "x" * 100_000, "' OR 1=1"])
async def test_unknown_token_identifies_nobody(db, token: str):
    assert await look_up(token) is None
    async with transaction() as session:
        assert await access_tokens.find_viewer(session, f"ac_{token}") is None


async def test_session_lookup_takes_one_query_and_updates_once_a_minute(db, count_queries: list[str]):
    token = await sign_in(await make_user())
    count_queries.clear()
    await look_up(token)
    assert len(count_queries) == 1
    async with transaction() as session:
        await session.execute(
            text("UPDATE sessions SET last_seen_at = :then"), {"then": utc_now() - timedelta(minutes=2)}
        )
    count_queries.clear()
    async with read_only() as session:
        assert await sessions.viewer_by_session_token(session, token)
    assert len(count_queries) == 1
    await look_up(token)
    await look_up(token)
    assert sum(statement.startswith("UPDATE sessions") for statement in count_queries) == 1


async def test_new_role_applies_at_next_lookup(db):
    user = await make_user(email="mod@example.test")
    token = await sign_in(user)
    async with transaction() as session:
        await accounts.grant_role(session, email="MOD@example.test", role=Role.ADMIN)
    seen = await look_up(token)
    assert seen is not None
    assert seen.role is Role.ADMIN
    with pytest.raises(NotFoundError):
        async with transaction() as session:
            await accounts.grant_role(session, email="nobody@example.test", role=Role.ADMIN)


async def test_operators_find_an_account_in_any_case(db, as_owner):
    user, admin = await make_user(email="ada@example.test"), await make_user(role=Role.ADMIN)
    as_owner(f"UPDATE users SET email = 'Ada@Example.test' WHERE id = '{user.user_id}'")  # imported as it was
    async with transaction() as session:
        assert await accounts.find_user(session, email="aDA@example.test") == user.user_id
        await accounts.grant_role(session, email="ada@example.test", role=Role.MODERATOR)
        assert await inspections.inspect(session, admin, email="ADA@example.test", reason="A request")
        with pytest.raises(NotFoundError):
            await inspections.inspect(session, admin, email="not an address", reason="A request")
    seen = await look_up(await sign_in(user))
    assert seen
    assert seen.role is Role.MODERATOR


async def test_creator_is_found_by_slug(db):
    creator = await make_creator(slug="velvet")
    seen = await look_up(await sign_in(creator))
    assert seen is not None
    assert seen.creator_slug == "velvet"


async def test_sign_out_ends_one_session_and_everywhere_ends_all(db):
    user = await make_user()
    first, second, third = [await sign_in(user) for _ in range(3)]
    viewer = await look_up(first)
    assert viewer is not None
    async with transaction() as session:
        await sessions.sign_out(session, viewer)
    assert await look_up(first) is None
    assert await look_up(second)
    async with transaction() as session:
        await accounts.sign_out_everywhere(session, viewer)
    assert [await look_up(token) for token in (second, third)] == [None, None]


async def test_sessions_are_listed_and_revoked_by_their_owner(db):
    user, other = await make_user(), await make_user()
    token = await sign_in(user)
    viewer = await look_up(token)
    assert viewer is not None
    async with transaction() as session:
        lines = await sessions.list_sessions(session, viewer)
        assert [line.is_current for line in lines] == [True, False]
        assert lines[1].device == "Firefox on Linux"
        with pytest.raises(NotFoundError):
            await sessions.revoke_session(session, other, session_id=lines[0].id)
        with pytest.raises(NotFoundError):
            await sessions.revoke_session(session, viewer, session_id="not an id")
        await sessions.revoke_session(session, viewer, session_id=lines[0].id)
    assert await look_up(token) is None


async def test_password_change_ends_other_sessions(db):
    user = await make_user(email="ada@example.test")
    mine, other = await sign_in(user), await sign_in(user)
    viewer = await look_up(mine)
    assert viewer is not None
    with pytest.raises(InvalidInputError) as caught:
        async with transaction() as session:
            await passwords.change_password(session, viewer, current="wrong", new="brand new one")
    assert caught.value.field == "current"
    with pytest.raises(InvalidInputError) as caught:
        async with transaction() as session:
            await passwords.change_password(session, viewer, current=PASSWORD, new="short")
    assert caught.value.field == "new"
    async with transaction() as session:
        await passwords.change_password(session, viewer, current=PASSWORD, new="brand new one")
    assert await look_up(mine)
    assert await look_up(other) is None
    await authenticate("ada@example.test", "brand new one")


async def test_reset_link_works_once_and_ends_all_sessions(db):
    user = await make_user(email="ada@example.test")
    signed_in = await sign_in(user)
    token = await ask_for_reset()
    assert token
    await use_reset(token)
    assert await look_up(signed_in) is None
    await authenticate("ada@example.test", "brand new one")
    with pytest.raises(InvalidInputError):
        await use_reset(token)


async def test_reset_link_works_once_under_concurrency(db):
    await make_user(email="ada@example.test")
    token = await ask_for_reset()
    assert token
    results = await asyncio.gather(*(use_reset(token) for _ in range(4)), return_exceptions=True)
    assert sum(result is None for result in results) == 1


async def test_expired_unknown_and_replaced_links_are_rejected(db):
    await make_user(email="ada@example.test")
    first = await ask_for_reset()
    await let_pass(policy.PASSWORD_RESET_PAUSE_SECONDS)
    second = await ask_for_reset()
    assert first
    assert second
    await use_reset(second)
    for token in (first, "invented", "", "\x00"):
        with pytest.raises(InvalidInputError):
            await use_reset(token)
    third = await ask_for_reset()
    assert third
    async with transaction() as session:
        await session.execute(text("UPDATE password_resets SET expires_at = now()"))
    with pytest.raises(InvalidInputError):
        await use_reset(third)


async def test_unknown_email_gets_no_link(db):
    assert await ask_for_reset("nobody@example.test") is None
    assert await ask_for_reset("not an address") is None


async def test_access_tokens_identify_their_owner_until_revoked(db):
    user, other = await make_user(), await make_user()
    async with transaction() as session:
        token = await access_tokens.create(session, user, name=" Script ")
        assert token.startswith("ac_")
        found = await access_tokens.find_viewer(session, token)
        assert found is not None
        assert (found.user_id, found.session_id) == (user.user_id, None)
        [line] = await access_tokens.list_tokens(session, user)
        assert line.name == "Script"
        assert await access_tokens.list_tokens(session, other) == ()
        with pytest.raises(NotFoundError):
            await access_tokens.revoke(session, other, token_id=line.id)
        await access_tokens.revoke(session, user, token_id=line.id)
        assert await access_tokens.find_viewer(session, token) is None


async def test_access_tokens_are_limited_and_named(db):
    user = await make_user()
    async with transaction() as session:
        with pytest.raises(InvalidInputError):
            await access_tokens.create(session, user, name="")
        for number in range(access_tokens.MAX_TOKENS):
            await access_tokens.create(session, user, name=f"Script {number}")
        with pytest.raises(InvalidInputError):
            await access_tokens.create(session, user, name="one more")


async def test_tokens_end_with_reset_and_sign_out_everywhere_and_on_request(db):
    ada = await make_user(email="ada@example.test")

    async def token() -> str:
        async with transaction() as session:
            return await access_tokens.create(session, ada, name="Script")

    async def works(made: str) -> bool:
        async with read_only() as session:
            return await access_tokens.find_viewer(session, made) is not None

    first = await token()
    async with transaction() as session:
        await passwords.change_password(session, ada, current=PASSWORD, new="brand new one")
    assert await works(first)
    async with transaction() as session:
        await passwords.change_password(session, ada, current="brand new one", new=PASSWORD, revokes_tokens=True)
    assert not await works(first)
    second = await token()
    mailed = await ask_for_reset()
    assert mailed
    await use_reset(mailed)
    assert not await works(second)
    third = await token()
    async with transaction() as session:
        await accounts.sign_out_everywhere(session, ada)
    assert not await works(third)


async def test_token_has_scopes_and_an_end(db):
    admin = await make_user(role=Role.ADMIN)
    async with transaction() as session:
        plain = await access_tokens.create(session, admin, name="Plain")
        reading = await access_tokens.create(session, admin, name="Reading", scopes={TokenScope.READ}, days=30)
        full = await access_tokens.create(session, admin, name="Full", scopes={TokenScope.WRITE, TokenScope.ADMIN})
        found = [await access_tokens.find_viewer(session, token) for token in (plain, reading, full)]
        assert [(viewer.role, viewer.may_write) for viewer in found if viewer] == [
            (Role.MEMBER, True),
            (Role.MEMBER, False),
            (Role.ADMIN, True),
        ]
        with pytest.raises(InvalidInputError):
            await access_tokens.create(session, admin, name="Long", days=100_000)
        with pytest.raises(ForbiddenError):
            await access_tokens.create(session, await make_user(), name="Admin", scopes={TokenScope.ADMIN})
        await session.execute(text("UPDATE personal_tokens SET expires_at = now()"))
        assert await access_tokens.find_viewer(session, plain) is None


async def test_unused_session_ends(db):
    token = await sign_in(await make_user())
    async with transaction() as session:
        await session.execute(
            text("UPDATE sessions SET last_seen_at = now() - make_interval(days => :days)"),
            {"days": policy.SESSION_IDLE_DAYS},
        )
    assert await look_up(token) is None
