"""Client of OpenID Connect issuers and of GitHub, through Authlib: plain values, one error type.

An ID token is checked by Authlib: signature by the issuer's keys, audience, nonce and times. GitHub has no ID tokens; its API
returns who signed in. Both use PKCE. Nothing is stored here.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

from askchopper import routes, settings
from askchopper.observability import log

CALL_SECONDS = 5.0
_ALL_SECONDS = 8.0  # of one sign-in: metadata, token, keys, profile
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Asymmetric ones only: "none" would be unsigned, and with HMAC the client's secret would be the key.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
GITHUB = "github"


class Fault(StrEnum):
    """Reasons why a sign-in with a provider failed."""

    REFUSED = "refused"  # the code is invalid, or the app is misconfigured
    UNTRUSTED = "untrusted"  # the answer does not prove who signed in
    UNREACHABLE = "unreachable"


class ProviderFaultError(Exception):
    """A call to a provider failed; ``detail`` is for the log only."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{fault.value}: {detail[:200]}")
        self.fault = fault


@dataclass(frozen=True)
class Claims:
    """The identity that a provider asserts for the person who signed in."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    name: str


async def authorise_url(provider: str, *, state: str, nonce: str, verifier: str) -> str:
    """Return the provider's authorisation URL, to which the browser is redirected.

    Raises:
        ProviderFaultError: the provider is unavailable, or is not the configured issuer.
    """

    async def make(client: Any) -> str:
        await _check_issuer(client, provider)
        values = {"state": state, "code_verifier": verifier} | ({} if provider == GITHUB else {"nonce": nonce})
        made = await client.create_authorization_url(redirect_uri(provider), **values)
        return str(made["url"])

    return cast("str", await _call(provider, make, op="authorise"))


async def identify(provider: str, *, code: str, nonce: str, verifier: str) -> Claims:
    """Exchange the code of a callback and return who signed in.

    Raises:
        ProviderFaultError: the code is invalid, the answer proves nothing, or the provider is unavailable.
    """

    async def ask(client: Any) -> Claims:
        await _check_issuer(client, provider)
        token = await client.fetch_access_token(redirect_uri(provider), code=code, code_verifier=verifier)
        if provider == GITHUB:
            return await _github_claims(client, token)
        found = await client.parse_id_token(token, nonce=nonce)
        if found is None or found.get("nonce") != nonce:
            raise ProviderFaultError(Fault.UNTRUSTED, "no ID token, or one of another sign-in")
        if not found.get("email"):
            found = {**found, **await _userinfo(client, token, str(found["sub"]))}
        return _claims(_issuer(provider), found)

    return cast("Claims", await _call(provider, ask, op="identify"))


def redirect_uri(provider: str) -> str:
    """Return our callback URL for a provider; it never depends on the Host header."""
    return settings.get().base_url + routes.oauth_callback(provider)


async def _call(provider: str, work: Any, *, op: str) -> Any:
    import httpx2  # noqa: PLC0415 - with Authlib: only who signs in with a provider needs it
    from authlib.integrations.base_client import OAuthError  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415

    fault = ""
    try:
        async with asyncio.timeout(_ALL_SECONDS):
            return await work(_client(provider, *_application(provider)))
    except ProviderFaultError as error:
        fault = str(error)
        raise
    except OAuthError as error:
        fault = str(error.error)[:60]
        raise ProviderFaultError(Fault.REFUSED, fault) from None
    except (httpx2.HTTPError, TimeoutError) as error:
        fault = type(error).__name__
        raise ProviderFaultError(Fault.UNREACHABLE, fault) from None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        fault = type(error).__name__
        raise ProviderFaultError(Fault.UNTRUSTED, fault) from error
    finally:
        log.info("providers.called", provider=provider, op=op, fault=fault)


def _issuer(provider: str) -> str:
    config = settings.get()
    hosts = {"google": config.google_issuer, GITHUB: config.github_base, "oidc": config.oidc_issuer}
    return hosts[provider].rstrip("/")


def _application(provider: str) -> tuple[str, str, str, str]:
    """Return client id, client secret, issuer and API base URL of a provider."""
    config = settings.get()
    client_id, secret = {
        "google": (config.google_client_id, config.google_client_secret),
        GITHUB: (config.github_client_id, config.github_client_secret),
        "oidc": (config.oidc_client_id, config.oidc_client_secret),
    }[provider]
    api = config.github_api_base.rstrip("/") if provider == GITHUB else ""
    return client_id, secret.get_secret_value() if secret else "", _issuer(provider), api


@lru_cache(maxsize=8)
def _client(provider: str, client_id: str, secret: str, issuer: str, api: str) -> Any:
    """Return an Authlib client, which caches the metadata and keys of the issuer."""
    from authlib.integrations.starlette_client import OAuth  # noqa: PLC0415

    options: dict[str, Any] = {
        "timeout": CALL_SECONDS,
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "client_secret_basic" if secret else "none",
        "trust_env": urlsplit(issuer).hostname not in _LOOPBACK,
    }
    if provider == GITHUB:
        return cast("Any", OAuth()).register(
            provider,
            client_id=client_id,
            client_secret=secret or None,
            authorize_url=f"{issuer}/login/oauth/authorize",
            access_token_url=f"{issuer}/login/oauth/access_token",
            api_base_url=f"{api}/",
            client_kwargs={
                **options,
                "scope": "read:user user:email",
                "token_endpoint_auth_method": "client_secret_post",
            },
        )
    return cast("Any", OAuth()).register(
        provider,
        client_id=client_id,
        client_secret=secret or None,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={**options, "scope": "openid email profile"},
    )


async def _check_issuer(client: Any, provider: str) -> None:
    """Check the issuer of the metadata, and limit the signature algorithms to asymmetric ones.

    Raises:
        ProviderFaultError: the metadata is of another issuer.
    """
    if provider == GITHUB:
        return
    metadata = await client.load_server_metadata()
    if str(metadata.get("issuer", "")).rstrip("/") != _issuer(provider):
        client.server_metadata.pop("_loaded_at", None)
        raise ProviderFaultError(Fault.UNTRUSTED, "metadata of another issuer")
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    metadata["id_token_signing_alg_values_supported"] = [name for name in offered if name in _ALGORITHMS] or ["RS256"]


async def _userinfo(client: Any, token: dict[str, Any], subject: str) -> dict[str, Any]:
    """Fetch the claims from the userinfo endpoint, for issuers whose ID tokens lack the e-mail; empty if there is no such endpoint.

    Raises:
        ProviderFaultError: the claims are of another subject.
    """
    metadata = await client.load_server_metadata()
    if not metadata.get("userinfo_endpoint"):
        return {}
    found = dict(await client.userinfo(token=token))
    if found.get("sub") != subject:
        raise ProviderFaultError(Fault.UNTRUSTED, "profile of another subject")
    return found


async def _github_claims(client: Any, token: dict[str, Any]) -> Claims:
    profile = await _github_get(client, "user", token)
    emails = await _github_get(client, "user/emails", token)
    primary = _primary(emails)
    return _claims(
        _issuer(GITHUB),
        {
            "sub": str(int(profile["id"])),
            "email": primary.get("email", ""),
            "email_verified": bool(primary),
            "name": profile.get("name") or profile.get("login") or "",
        },
    )


def _primary(emails: list[dict[str, Any]]) -> dict[str, Any]:
    for line in emails:
        if line.get("primary") and line.get("verified"):
            return line
    return {}


async def _github_get(client: Any, path: str, token: dict[str, Any]) -> Any:
    response = await client.get(path, token=token)
    response.raise_for_status()
    return response.json()


def _claims(issuer: str, found: dict[str, Any]) -> Claims:
    subject, email = found["sub"], found.get("email") or ""
    if not (isinstance(subject, str) and isinstance(email, str) and 0 < len(subject) <= 255 and subject.isprintable()):
        raise ProviderFaultError(Fault.UNTRUSTED, "no subject")
    email = email if email.isprintable() else ""
    # Some issuers send the word "true".
    is_verified = found.get("email_verified") in (True, "true")
    name = found.get("name") or found.get("preferred_username") or ""
    return Claims(issuer, subject, email[:254], bool(email) and is_verified, str(name)[:200])
