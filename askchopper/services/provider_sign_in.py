"""Sign-in with Google, GitHub or an OpenID Connect issuer, and linking of these providers to an account.

An identity is found by issuer and subject, never by e-mail. A matching e-mail links an account only if both the
provider and this site have verified it; otherwise the owner signs in first and links the provider in the settings.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, security, settings
from askchopper.database import transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from askchopper.integrations import sign_in_providers
from askchopper.integrations.sign_in_providers import Claims, Fault, ProviderFaultError
from askchopper.models.accounts import users
from askchopper.models.base import new_id
from askchopper.models.provider_sign_in import provider_identities, provider_logins
from askchopper.observability import log
from askchopper.schemas import form_errors
from askchopper.schemas.accounts import LinkedProvider, Viewer
from askchopper.services import accounts, limits, sessions

_PENDING = "provider-registration"
_NAMES = {"google": "Google", "github": "GitHub", "oidc": "The provider"}  # for providers that are no longer configured
NO_PROVIDER = "This provider is not offered here."


class ProviderSignInError(InvalidInputError):
    """Signing in with a provider or linking it failed. ``code`` is one of ``form_errors``; ``next_path`` is the page to return to."""

    title = "Sign-in failed"

    def __init__(self, code: str, *, next_path: str = "", is_linking: bool = False) -> None:
        super().__init__(form_errors.sentence(code), field=code)
        self.code, self.next_path, self.is_linking = code, next_path, is_linking


@dataclass(frozen=True)
class Outcome:
    """Result of a callback: an account, or the claims of a person without one.

    Args:
        next_path: local path to redirect to.
        user_id: the account; None if one has to be created first.
        is_linked: whether the viewer linked a provider instead of signing in.
        pending: the signed claims of a new member, see ``register``.
    """

    next_path: str
    user_id: uuid.UUID | None = None
    is_linked: bool = False
    pending: str = ""


@dataclass(frozen=True)
class Pending:
    """A person who signed in with a provider and has no account yet."""

    provider: str
    claims: Claims
    next_path: str


async def begin(
    provider: str, *, next_path: str, browser: str, client_ip: str = "", viewer: Viewer | None = None
) -> str:
    """Begin a sign-in with a provider; with a viewer, begin linking it to their account.

    Args:
        provider: id of the provider.
        next_path: a local path to go to afterwards.
        browser: secret of the browser's cookie; the callback works only in that browser.
        client_ip: address of the client; empty for no limit.
        viewer: the member to link; None to sign in.

    Returns:
        The provider's authorisation URL.

    Raises:
        NotFoundError: the provider is not configured.
        ProviderSignInError: the viewer signed in too long ago.
        RateLimitedError: too many attempts from this address.
        UnavailableError: the provider is unavailable.

    Invariant: a state is stored as a hash, with its verifier encrypted, and works once within ten minutes.
    """
    _check_offered(provider)
    if client_ip:
        await limits.hit((limits.PROVIDER_LOGIN, client_ip))
    state, nonce, verifier = security.new_token(), security.new_token(), security.new_token()
    try:
        url = await sign_in_providers.authorise_url(provider, state=state, nonce=nonce, verifier=verifier)
    except ProviderFaultError as error:
        raise UnavailableError(f"{name_of(provider)} cannot be reached right now. Try again in a moment.") from error
    async with transaction() as session:
        if viewer is not None and not await sessions.is_recent(session, viewer):
            raise ProviderSignInError("recent", next_path=next_path)
        await session.execute(
            insert(provider_logins).values(
                state_hash=security.hash_token(state),
                browser_hash=security.hash_token(browser),
                provider=provider,
                nonce=nonce,
                verifier=security.encrypt(verifier, purpose=_purpose(state)),
                user_id=viewer.user_id if viewer else None,
                next_path=next_path[:500],
                expires_at=func.now() + text(f"interval '{policy.PROVIDER_LOGIN_MINUTES} minutes'"),
            )
        )
    return url


async def finish(provider: str, *, state: str, code: str, error: str, browser: str, viewer: Viewer | None) -> Outcome:
    """Complete a sign-in in the provider's callback. No transaction is open during calls to the provider.

    Raises:
        NotFoundError: the provider is not configured.
        ProviderSignInError: the state is unknown, used, expired or of another browser; the member declined; the
            provider is unavailable or its answer is invalid; or the account cannot be linked.
    """
    login = await _claim(provider, state=state, browser=browser, viewer=viewer)
    is_linking = login.user_id is not None
    if error or not code:
        raise ProviderSignInError(
            "provider-denied" if error == "access_denied" else "provider-failed",
            next_path=login.next_path,
            is_linking=is_linking,
        )
    try:
        claims = await sign_in_providers.identify(provider, code=code, nonce=login.nonce, verifier=login.verifier)
    except ProviderFaultError as fault:
        reason = "provider-unavailable" if fault.fault is Fault.UNREACHABLE else "provider-failed"
        raise ProviderSignInError(reason, next_path=login.next_path, is_linking=is_linking) from fault
    async with transaction() as session:
        if login.user_id is not None:
            await _link(session, login.user_id, provider, claims, next_path=login.next_path, is_linking=True)
            return Outcome(login.next_path, login.user_id, is_linked=True)
        user_id = await _find_user(session, provider, claims, next_path=login.next_path)
    if user_id is not None:
        return Outcome(login.next_path, user_id)
    return Outcome(login.next_path, pending=_sign(Pending(provider, claims, login.next_path)))


async def register(
    session: AsyncSession, pending: Pending, *, display_name: str, code: str, client_ip: str = ""
) -> uuid.UUID:
    """Register an account after a provider sign-in and return its id.

    The e-mail counts as verified, since the provider has verified it.

    Raises:
        InvalidInputError: the name is invalid, or the verification code is wrong.
        RateLimitedError: too many registrations or wrong codes from this address.
        SwitchedOffError: registrations are switched off.
        ProviderSignInError: the e-mail or the identity has an account meanwhile.
    """
    email, name = await accounts.checked_address(
        email=pending.claims.email, display_name=display_name, code=code, client_ip=client_ip
    )
    try:
        user_id = await accounts.insert_user(session, email=email, display_name=name, password_hash=None)
    except InvalidInputError as error:
        raise ProviderSignInError("provider-taken", next_path=pending.next_path) from error
    await _verify_email(session, user_id)
    await _link(session, user_id, pending.provider, pending.claims, next_path=pending.next_path)
    log.info("accounts.registered", user=str(user_id), address=client_ip, provider=pending.provider)
    return user_id


def find_pending(token: str) -> Pending | None:
    """Return the pending registration from a signed cookie; None if it is invalid or expired."""
    if not token or len(token) > 3000:
        return None
    found = security.unsign(token, purpose=_PENDING, max_age_seconds=policy.PROVIDER_LOGIN_MINUTES * 60)
    if found is None or found["provider"] not in settings.get().sign_in_providers:
        return None
    return Pending(found["provider"], Claims(**found["claims"]), found["next"])


async def list_linked(session: AsyncSession, viewer: Viewer) -> tuple[LinkedProvider, ...]:
    """List the offered and linked providers, with the e-mail of the viewer's linked identity."""
    rows = await session.execute(
        select(provider_identities.c.provider, provider_identities.c.email).where(
            provider_identities.c.user_id == viewer.user_id
        )
    )
    linked = {row.provider: row.email for row in rows}
    offered = settings.get().sign_in_providers
    return tuple(
        LinkedProvider(provider, name_of(provider), provider in linked, linked.get(provider, ""), provider in offered)
        for provider in dict.fromkeys((*offered, *linked))
    )


async def unlink(session: AsyncSession, viewer: Viewer, *, provider: str) -> None:
    """Unlink a provider from the viewer's account.

    Raises:
        NotFoundError: it is not linked.
        ConflictError: it is the viewer's only way to sign in.
    """
    if provider not in _NAMES:
        raise NotFoundError("This provider is not linked.")
    row = await session.execute(select(users.c.password_hash).where(users.c.id == viewer.user_id).with_for_update())
    has_password = row.scalar_one() is not None
    mine = provider_identities.c.user_id == viewer.user_id
    others = await session.execute(
        select(func.count()).select_from(provider_identities).where(mine, provider_identities.c.provider != provider)
    )
    if not has_password and not others.scalar_one():
        raise ConflictError(f"{name_of(provider)} is your only way to sign in. Set a password first.")
    gone = await session.execute(
        delete(provider_identities)
        .where(mine, provider_identities.c.provider == provider)
        .returning(provider_identities.c.id)
    )
    if gone.first() is None:
        raise NotFoundError("This provider is not linked.")
    log.info("accounts.provider_unlinked", user=str(viewer.user_id), provider=provider)


async def delete_expired(session: AsyncSession) -> None:
    """Delete pending sign-ins that expired more than an hour ago."""
    await session.execute(
        delete(provider_logins).where(provider_logins.c.expires_at < func.now() - text("interval '1 hour'"))
    )


def name_of(provider: str) -> str:
    """Return a provider's display name."""
    return settings.get().sign_in_providers.get(provider) or _NAMES.get(provider, "The provider")


@dataclass(frozen=True)
class _Login:
    nonce: str
    verifier: str
    user_id: uuid.UUID | None
    next_path: str


async def _claim(provider: str, *, state: str, browser: str, viewer: Viewer | None) -> _Login:
    """Consume a state. A callback in another browser leaves it valid for the browser that began the sign-in."""
    _check_offered(provider)
    async with transaction() as session:
        used = await session.execute(
            update(provider_logins)
            .where(
                provider_logins.c.state_hash == sessions.hash_untrusted(state),
                provider_logins.c.browser_hash == sessions.hash_untrusted(browser),
                provider_logins.c.provider == provider,
                provider_logins.c.used_at.is_(None),
                provider_logins.c.expires_at > func.now(),
            )
            .values(used_at=func.now())
            .returning(provider_logins)
        )
        row = used.one_or_none()
    if row is None:
        raise ProviderSignInError("provider-state")
    if row.user_id is not None and (viewer is None or viewer.user_id != row.user_id):
        raise ProviderSignInError("provider-state", next_path=row.next_path)
    verifier = security.decrypt(row.verifier, purpose=_purpose(state))
    if verifier is None:
        raise ProviderSignInError("provider-state", next_path=row.next_path)
    return _Login(row.nonce, verifier, row.user_id, row.next_path)


async def _find_user(session: AsyncSession, provider: str, claims: Claims, *, next_path: str) -> uuid.UUID | None:
    """Return the account of an identity, linking one with the same verified e-mail; None for a new member.

    Raises:
        ProviderSignInError: the provider or this site has not verified the e-mail.
    """
    known = await session.execute(
        select(provider_identities.c.user_id).where(
            provider_identities.c.issuer == claims.issuer, provider_identities.c.subject == claims.subject
        )
    )
    if user_id := known.scalar_one_or_none():
        return user_id
    if not claims.is_email_verified:
        raise ProviderSignInError("provider-unverified", next_path=next_path)
    row = await _account_with(session, claims.email, next_path)
    if row is None:
        return None
    if row.email_verified_at is None:
        raise ProviderSignInError("provider-taken", next_path=next_path)
    await _link(session, row.id, provider, claims, next_path=next_path)
    return row.id


async def _account_with(session: AsyncSession, email: str, next_path: str) -> Any:
    try:
        is_wanted = accounts.has_email(email)
    except InvalidInputError as error:
        raise ProviderSignInError("provider-unverified", next_path=next_path) from error
    found = await session.execute(select(users.c.id, users.c.email_verified_at).where(is_wanted))
    return found.one_or_none()


async def _link(
    session: AsyncSession,
    user_id: uuid.UUID,
    provider: str,
    claims: Claims,
    *,
    next_path: str,
    is_linking: bool = False,
) -> None:
    """Link an identity to an account; does nothing if it is linked already.

    Raises:
        ProviderSignInError: the identity has another account, or the account another identity of this provider.
    """
    values = {
        "id": new_id(), "user_id": user_id, "provider": provider, "issuer": claims.issuer, "subject": claims.subject,
        "email": claims.email,
    }  # fmt: skip
    try:
        async with session.begin_nested():
            await session.execute(insert(provider_identities).values(values))
    except IntegrityError as error:
        mine = await session.execute(
            select(provider_identities.c.subject).where(
                provider_identities.c.user_id == user_id, provider_identities.c.provider == provider
            )
        )
        if mine.scalar_one_or_none() != claims.subject:
            raise ProviderSignInError("provider-linked", next_path=next_path, is_linking=is_linking) from error
    log.info("accounts.provider_linked", user=str(user_id), provider=provider)


async def _verify_email(session: AsyncSession, user_id: uuid.UUID) -> None:
    await session.execute(update(users).where(users.c.id == user_id).values(email_verified_at=func.now()))


def _sign(pending: Pending) -> str:
    claims = {
        name: getattr(pending.claims, name) for name in ("issuer", "subject", "email", "is_email_verified", "name")
    }
    payload = {"provider": pending.provider, "claims": claims, "next": pending.next_path}
    return security.sign(payload, purpose=_PENDING)


def _check_offered(provider: str) -> None:
    if provider not in settings.get().sign_in_providers:
        raise NotFoundError(NO_PROVIDER)


def _purpose(state: str) -> str:
    return f"provider.verifier:{security.hash_token(state.encode('utf-8', 'replace').decode()).hex()[:16]}"


def suggested_name(claims: Claims) -> str:
    """Return a display name for a new member: the provider's, or else the local part of their e-mail."""
    return accounts.usable_name(claims.name) or accounts.usable_name(claims.email.partition("@")[0]) or "Member"
