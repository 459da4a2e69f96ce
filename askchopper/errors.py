"""The exception hierarchy. Every error that a user can see has an HTTP status and a message for people.

AskChopperError
├── NotFoundError            404  does not exist, or not for this viewer
├── SignInRequiredError      401  not signed in
├── ForbiddenError           403  signed in, but not allowed
├── InvalidInputError        422  a value is invalid; ``field`` names it
│   └── KeyReusedError       422  an idempotency key was reused with another body
├── ConflictError            409  conflicts with the current state
│   └── PriceChangedError    409  carries the current price
├── InsufficientTokensError  402  carries how many tokens are missing
│   └── InDebtError          402  a reversed payment has to be made up for first
├── RateLimitedError         429  carries the seconds to wait
├── TooLargeError            413  the body exceeds the limit
├── TooSlowError             408  the body did not arrive in time
├── UnavailableError         503  a dependency is unavailable
│   └── BusyError            503  too much work of this kind is waiting
├── SearchTooWideError       503  a search exceeded its time limit
└── StorageFullError         507  no storage space left

Errors of a single feature are declared in its module and inherit from these.
"""

from typing import Any, ClassVar

from askchopper.plurals import counted


class AskChopperError(Exception):
    """Base class of errors with a message for the user."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def extra(self) -> dict[str, Any]:
        """Return additional machine-readable fields of the response; none by default."""
        return {}


class NotFoundError(AskChopperError):
    """The object does not exist, or the viewer is not allowed to know that it does."""

    status = 404
    title = "Not found"


class SignInRequiredError(AskChopperError):
    """The action requires a signed-in user."""

    status = 401
    title = "Sign in required"

    def __init__(self, sentence: str = "Sign in to do this.") -> None:
        super().__init__(sentence)


class ForbiddenError(AskChopperError):
    """The user is not allowed to do this."""

    status = 403
    title = "Not allowed"


class InvalidInputError(AskChopperError):
    """An input value is invalid."""

    status = 422
    title = "Check your input"

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        """Store the invalid field, if any, so that a form can show the message beside it."""
        super().__init__(sentence)
        self.field = field

    def extra(self) -> dict[str, Any]:
        return {"field": self.field} if self.field else {}


class KeyReusedError(InvalidInputError):
    """An idempotency key was used for a different request."""

    title = "Idempotency key reused"


class ConflictError(AskChopperError):
    """The request conflicts with the current state."""

    status = 409
    title = "Conflict"


class PriceChangedError(ConflictError):
    """The price has changed since it was shown."""

    title = "Price changed"

    def __init__(self, *, price_tokens: int) -> None:
        super().__init__(f"The price is now {counted(price_tokens, 'token')}. Check it and buy again.")
        self.price_tokens = price_tokens

    def extra(self) -> dict[str, Any]:
        return {"price_tokens": self.price_tokens}


class InsufficientTokensError(AskChopperError):
    """The balance is below the price."""

    status = 402
    title = "Not enough tokens"

    def __init__(self, *, missing_tokens: int) -> None:
        super().__init__(f"You need {counted(missing_tokens, 'more token')} for this.")
        self.missing_tokens = missing_tokens

    def extra(self) -> dict[str, Any]:
        return {"missing_tokens": self.missing_tokens}


class InDebtError(InsufficientTokensError):
    """Tokens from a refunded or disputed payment were already spent; purchases are blocked until the debt is paid."""

    title = "Tokens owed"

    def __init__(self, *, missing_tokens: int) -> None:
        super().__init__(missing_tokens=missing_tokens)
        self.sentence = (
            "One of your payments was refunded or disputed after you spent its tokens."
            f" Add {counted(missing_tokens, 'token')} to buy again."
        )


class RateLimitedError(AskChopperError):
    """Too many requests within a time window."""

    status = 429
    title = "Too many attempts"

    def __init__(self, sentence: str, *, retry_after_seconds: int) -> None:
        """Store the seconds after which a retry may succeed."""
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds


class TooLargeError(AskChopperError):
    """The body is larger than the limit."""

    status = 413
    title = "Too large"


class TooSlowError(AskChopperError):
    """The body did not arrive in time; the client may retry."""

    status = 408
    title = "Too slow"


class StorageFullError(AskChopperError):
    """No storage space is left."""

    status = 507
    title = "No storage left"


class UnavailableError(AskChopperError):
    """A dependency is unavailable; a later retry may succeed."""

    status = 503
    title = "Not available right now"


class BusyError(UnavailableError):
    """Too many requests of this kind are waiting; refused immediately to protect other requests."""

    title = "Busy"


class SearchTooWideError(AskChopperError):
    """A search exceeded its time limit."""

    status = 503
    title = "Search too broad"

    def __init__(self) -> None:
        super().__init__("This search is too broad. Add a filter or a more specific word.")
