"""Guessing passwords, codes and reset mails; and that nobody is shut out by somebody who guesses."""

from contextvars import ContextVar

import pytest

from askchopper import database, policy
from askchopper.database import transaction
from askchopper.errors import InvalidInputError, RateLimitedError, UnavailableError
from askchopper.schemas.credentials import normalise_email
from askchopper.services import accounts, known_devices, passwords
from askchopper.settings import environment
from askchopper.vocabulary import Role
from tests.support.accounts import ask_for_reset, authenticate, register, use_reset
from tests.support.clients import JSON, api_client
from tests.support.factories import PASSWORD, make_user

pytestmark = pytest.mark.integration
PRODUCTION = {"ASKCHOPPER_ENV": "production", "PUBLIC_BASE_URL": "https://x.example", "RATE_LIMITS": "on"}


@pytest.fixture
def no_delay(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The delays of attempts, which are not waited for."""
    waited: list[float] = []
    delay_seconds = accounts.delay_seconds

    def noted(failures: int) -> float:
        waited.append(delay_seconds(failures))
        return 0.0

    monkeypatch.setattr(accounts, "delay_seconds", noted)
    return waited


async def test_failures_from_elsewhere_shut_nobody_out(db, limits_on, no_delay: list[float]):
    await make_user(email="ada@example.test")
    for number in range(25):
        with pytest.raises(accounts.WrongCredentialsError):
            await authenticate("ada@example.test", "wrong", client_ip=f"192.0.2.{number // 5}")
    await authenticate("ada@example.test", client_ip="192.0.2.99")
    assert no_delay[:10] == [0.0] * 10
    assert no_delay[10:15] == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert max(no_delay) == policy.MAX_SIGN_IN_DELAY_SECONDS


@pytest.mark.parametrize("typed", ["Straße@example.test", "ada@Bücher.example", " ADA@example.test "])
async def test_reset_forgets_the_failures_however_the_address_is_typed(
    db, limits_on, no_delay: list[float], typed: str
):
    await make_user(email=normalise_email(typed))
    for number in range(11):
        with pytest.raises(accounts.WrongCredentialsError):
            await authenticate(typed, "wrong", client_ip=f"192.0.2.{number}")
    assert no_delay[-1] > 0
    token = await ask_for_reset(typed)
    assert token
    await use_reset(token)
    with pytest.raises(accounts.WrongCredentialsError):
        await authenticate(typed, "wrong", client_ip="192.0.2.99")
    assert no_delay[-1] == 0


async def test_spellings_of_an_address_share_one_count(db, limits_on, no_delay: list[float]):
    await make_user(email=normalise_email("ada@bücher.example"))
    for number in range(6):
        for typed in ("ada@bücher.example", "ADA@xn--bcher-kva.example"):
            with pytest.raises(accounts.WrongCredentialsError):
                await authenticate(typed, "wrong", client_ip=f"192.0.2.{number}")
    assert no_delay[-1] == 1.0


async def test_longest_wait_does_not_end_in_a_refusal(db, limits_on, monkeypatch: pytest.MonkeyPatch):
    """It is longer than a transaction may take, so none is open meanwhile."""
    monkeypatch.setattr(database, "_block_seconds", ContextVar("block_seconds", default=0.3))
    monkeypatch.setattr(accounts, "delay_seconds", lambda _failures: 0.8)
    await make_user(email="ada@example.test")
    async with api_client() as client:
        answer = await client.post(
            "/auth/login", data={"email": "ada@example.test", "password": PASSWORD}, headers=JSON
        )
    assert answer.status_code == 200


async def test_owner_is_told_of_many_failures_once(db, limits_on, no_delay: list[float]):
    await make_user(email="ada@example.test")
    told: list[int] = []
    for number in range(20):
        with pytest.raises(accounts.WrongCredentialsError) as caught:
            await authenticate("ada@example.test", "wrong", client_ip=f"192.0.2.{number}")
        if caught.value.owner:
            told.append(number + 1)
    assert told == [policy.SIGN_IN_FAILURES_TOLD]


async def test_known_device_passes_a_blocked_address_and_has_its_own_count(db, limits_on, no_delay: list[float]):
    ada, bo = await make_user(email="ada@example.test"), await make_user(email="bo@example.test")
    for number in range(5):
        with pytest.raises(accounts.WrongCredentialsError):
            await authenticate(f"nobody{number}@example.test", client_ip="192.0.2.1")
    device = known_devices.mark(ada.user_id)
    for cookie in ("", device[:-2], known_devices.mark(bo.user_id), "x" * 10_000):
        with pytest.raises(RateLimitedError):
            await authenticate("ada@example.test", client_ip="192.0.2.1", device=cookie)
    await authenticate("ada@example.test", client_ip="192.0.2.1", device=device)
    for _ in range(5):
        with pytest.raises(accounts.WrongCredentialsError):
            await authenticate("ada@example.test", "wrong", client_ip="192.0.2.1", device=device)
    with pytest.raises(RateLimitedError, match=r"Too many sign-in attempts\. Try again in 60 minutes\."):
        await authenticate("ada@example.test", client_ip="192.0.2.1", device=device)
    assert no_delay.count(0.0) == len(no_delay)


async def test_failures_from_elsewhere_leave_password_change_open(db, limits_on, no_delay: list[float]):
    ada = await make_user(email="ada@example.test")
    for number in range(8):
        with pytest.raises(accounts.WrongCredentialsError):
            await authenticate("ada@example.test", "wrong", client_ip=f"192.0.2.{number}")
    async with transaction() as session:
        await passwords.change_password(session, ada, current=PASSWORD, new="brand new one")


async def test_five_failures_lock_client_address(db, limits_on):
    for number in range(5):
        with pytest.raises(accounts.WrongCredentialsError):
            await authenticate(f"nobody{number}@example.test", client_ip="192.0.2.1")
    await make_user(email="ada@example.test")
    with pytest.raises(RateLimitedError):
        await authenticate("ada@example.test", client_ip="192.0.2.1")
    await authenticate("ada@example.test", client_ip="192.0.2.2")


async def test_successful_sign_ins_do_not_count(db, limits_on):
    await make_user(email="ada@example.test")
    for _ in range(8):
        await authenticate("ada@example.test", client_ip="192.0.2.1")


async def test_three_registrations_an_hour_per_address(db, limits_on):
    for number in range(3):
        await register(f"user{number}@example.test", client_ip="192.0.2.1")
    with pytest.raises(RateLimitedError, match="Too many new accounts"):
        await register("user4@example.test", client_ip="192.0.2.1")
    await register("user5@example.test", client_ip="192.0.2.2")


async def test_reset_mails_are_limited_by_address_and_not_used_up_by_others(db, limits_on):
    await make_user(email="ada@example.test")
    for _ in range(5):
        await ask_for_reset("nobody@example.test", client_ip="192.0.2.1")
    with pytest.raises(RateLimitedError):
        await ask_for_reset(client_ip="192.0.2.1")
    token = await ask_for_reset(client_ip="192.0.2.2")
    assert [await ask_for_reset(client_ip=f"192.0.2.{number}") for number in range(3, 9)] == [None] * 6
    assert token
    await use_reset(token)


async def test_known_and_unknown_accounts_take_the_same_work(db, count_queries: list[str]):
    """Work, not time, so that the test is exact: what differs is done after the response."""
    await make_user(email="ada@example.test")
    work: list[list[str]] = []
    for email in ("ada@example.test", "nobody@example.test"):
        count_queries.clear()
        await passwords.find_for_reset(email=email, client_ip="192.0.2.1")
        work.append(list(count_queries))
    assert work[0] == work[1]
    work.clear()
    for email in ("ada@example.test", "nobody@example.test"):
        count_queries.clear()
        with pytest.raises(accounts.WrongCredentialsError):
            await authenticate(email, "wrong", client_ip="192.0.2.1")
        work.append(list(count_queries))
    assert work[0] == work[1]


async def test_verification_code_cannot_be_guessed(db, limits_on):
    with environment(VERIFICATION_CODE="1234"):
        for number in range(5):
            with pytest.raises(InvalidInputError):
                await register(code=f"{number:04d}", client_ip="192.0.2.1")
        with pytest.raises(RateLimitedError):
            await register(code="1234", client_ip="192.0.2.1")
        await register(code="1234", client_ip="192.0.2.2")


async def test_demo_accounts_cannot_sign_in_in_production(db):
    await make_user(email="admin@askchopper.test", role=Role.ADMIN)
    await authenticate("admin@askchopper.test")
    with environment(**PRODUCTION), pytest.raises(accounts.WrongCredentialsError):
        await authenticate("admin@askchopper.test")


async def test_sign_in_fails_closed_without_rate_limiter(db, limits_on, as_owner):
    await make_user(email="ada@example.test")
    as_owner("ALTER TABLE rate_limit_hits RENAME TO away")
    try:
        for attempt in (authenticate("ada@example.test"), register("bo@example.test", client_ip="192.0.2.1")):
            with pytest.raises(Exception) as caught:  # noqa: PT011 - no error at all may let anyone in
                await attempt
            assert not isinstance(caught.value, UnavailableError | RateLimitedError)
    finally:
        as_owner("ALTER TABLE away RENAME TO rate_limit_hits")
    assert as_owner("SELECT count(*) FROM users") == [(1,)]
