"""Errors of the Spotify remote, each with a ``kind`` that API clients and the widget can distinguish.

All derive from ``AskChopperError``: a user-facing message, an HTTP status, and ``kind``.
"""

from dataclasses import asdict
from typing import Any, ClassVar

from askchopper.errors import (
    AskChopperError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
)
from askchopper.integrations.spotify import Fault, SpotifyFaultError
from askchopper.schemas.spotify import ENDINGS, Device, Permission
from askchopper.services.limits import format_wait


class _KindError(AskChopperError):
    kind: ClassVar[str] = ""
    default: ClassVar[str] = ""

    def __init__(self, sentence: str = "", **details: Any) -> None:
        super().__init__(sentence or self.default, **details)

    def extra(self) -> dict[str, Any]:
        return {**super().extra(), "kind": self.kind}


class NotConfiguredError(_KindError, ConflictError):
    """No client id is configured."""

    kind = "not_configured"
    default = "Spotify is not set up on this site. You can use your own app: add it in Settings."


class NotConnectedError(_KindError, ConflictError):
    """The member has not connected Spotify."""

    kind = "not_connected"
    default = "Connect Spotify first."


class ConnectionEndedError(_KindError, ConflictError):
    """The connection has ended; the member has to reconnect."""

    kind = "ended"

    def __init__(self, because: str = "revoked") -> None:
        super().__init__(f"{ENDINGS.get(because, ENDINGS['revoked'])} Connect again to continue.")


class NoConsentError(_KindError, ForbiddenError):
    """The member has not allowed the assistant to see what is playing."""

    kind = "no_consent"
    default = (
        "You have not let me see what is playing on Spotify. There is a switch for it under Settings, Connections."
    )


class NoDeviceError(_KindError, NotFoundError):
    """No device is active. Carries the devices that could be used."""

    kind = "no_device"
    title = "No active device"

    def __init__(self, devices: tuple[Device, ...] = ()) -> None:
        usable = tuple(device for device in devices if not device.is_restricted)
        super().__init__("Choose where to play." if usable else "Open Spotify on a phone or computer, then try again.")
        self.devices = usable

    def extra(self) -> dict[str, Any]:
        """Return the extra fields of the response, with the devices."""
        return {**super().extra(), "devices": [asdict(device) for device in self.devices]}


class PremiumError(_KindError, ForbiddenError):
    """The account lacks Premium, which playback commands require."""

    kind = "premium"
    default = "Controls need Spotify Premium. You can still see what is playing."


class NotListedError(_KindError, ForbiddenError):
    """The app is in Spotify's development mode and the member is not on its allowlist."""

    kind = "not_listed"
    default = "Only listed users can connect to this Spotify app. Ask its owner to add you, or use your own app."


class MissingScopeError(_KindError, ForbiddenError):
    """The granted scopes lack one that is required."""

    kind = "scope"

    def __init__(self, permission: Permission) -> None:
        super().__init__("Spotify needs your permission for this first.")
        self.permission = permission

    def extra(self) -> dict[str, Any]:
        """Return the extra fields of the response, with the permission."""
        return {**super().extra(), "permission": self.permission.value}


class RestrictedError(_KindError, ForbiddenError):
    """Spotify rejects the command in the current state or on this device."""

    kind = "restricted"
    default = "Spotify does not allow this right now on this device."


class SpotifyRateLimitedError(_KindError, RateLimitedError):
    """Spotify rate-limited the app."""

    kind = "rate_limit"

    def extra(self) -> dict[str, Any]:
        """Return the extra fields of the response, with the seconds to wait."""
        return {**super().extra(), "retry_after_seconds": self.retry_after_seconds}


class QuotaError(SpotifyRateLimitedError):
    """The app's daily quota at Spotify is exhausted."""

    kind = "quota"


class SpotifyUnavailableError(_KindError, UnavailableError):
    """Spotify is unavailable or answers with invalid data."""

    kind = "unavailable"
    default = "Spotify is not responding. Try again in a moment."


class AppError(_KindError, UnavailableError):
    """Spotify rejects the site's client id or secret."""

    kind = "app"
    default = "Spotify does not accept this site's app right now. The operator has to fix this."


class RefusedError(_KindError, ConflictError):
    """Spotify rejected the command for an unknown reason."""

    kind = "refused"
    default = "Spotify refused this. Check what is playing and try again."


def from_fault(error: SpotifyFaultError, *, permission: Permission = Permission.PLAYBACK) -> AskChopperError:
    """Map a fault of the Spotify client to a user-facing error.

    Args:
        error: the fault.
        permission: permission that the call needs, for ``MissingScopeError``.
    """
    seconds = error.retry_after_seconds
    match error.fault:
        case Fault.RATE_LIMIT:
            return SpotifyRateLimitedError(
                f"Too many requests to Spotify. Try again in {format_wait(seconds)}.", retry_after_seconds=seconds
            )
        case Fault.QUOTA:
            sentence = "This app has used up its Spotify quota for today. Nothing is wrong with your account."
            return QuotaError(sentence, retry_after_seconds=seconds)
        case Fault.SCOPE:
            return MissingScopeError(permission)
        case fault:
            return _SIMPLE.get(fault, SpotifyUnavailableError)()


_SIMPLE: dict[Fault, type[Any]] = {
    Fault.REVOKED: ConnectionEndedError,
    Fault.PREMIUM: PremiumError,
    Fault.NOT_LISTED: NotListedError,
    Fault.NO_DEVICE: NoDeviceError,
    Fault.RESTRICTED: RestrictedError,
    Fault.APP: AppError,
    Fault.DENIED: RefusedError,
    Fault.REFUSED: RefusedError,
}
