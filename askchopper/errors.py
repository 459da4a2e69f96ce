"""The error tree. Every error a user can meet has an HTTP status and a sentence for people.

AskChopperError
├── NotFoundError            404  the thing is not there, or not for this viewer
├── SignInRequiredError      401  nobody is signed in
├── ForbiddenError           403  signed in, but not allowed
├── InvalidInputError        422  a value is wrong; ``field`` names it
│   └── KeyReusedError       422  an idempotency key came again with another body
├── ConflictError            409  the world has moved on
│   └── PriceChangedError    409  carries the price of now
├── InsufficientTokensError  402  carries how many tokens are missing
├── RateLimitedError         429  carries the seconds to wait
├── TooLargeError            413  more bytes than are taken
├── TooSlowError             408  the bytes that were announced did not come in time
├── UnavailableError         503  a part we need does not answer
├── SearchTooWideError       503  a search took longer than it may
└── StorageFullError         507  there is no room left for files

Errors special to one room are declared in that room and inherit from these.
"""

from typing import Any, ClassVar


class AskChopperError(Exception):
    """Base of all errors with a sentence for the user."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, sentence: str) -> None:
        """Keep the sentence that the user will read."""
        super().__init__(sentence)
        self.sentence = sentence

    def extra(self) -> dict[str, Any]:
        """Return the machine-readable fields that go beside the sentence."""
        return {}


class NotFoundError(AskChopperError):
    """The thing does not exist, or this viewer may not know that it does."""

    status = 404
    title = "Not found"


class SignInRequiredError(AskChopperError):
    """The action needs a signed-in user."""

    status = 401
    title = "Sign in required"

    def __init__(self, sentence: str = "Sign in to do this.") -> None:
        """Use the default sentence unless a better one is given."""
        super().__init__(sentence)


class ForbiddenError(AskChopperError):
    """The user is known and may not do this."""

    status = 403
    title = "Not allowed"


class InvalidInputError(AskChopperError):
    """A value from outside is wrong."""

    status = 422
    title = "Check your input"

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        """Name the field where there is one, so that a form can show the sentence beside it."""
        super().__init__(sentence)
        self.field = field

    def extra(self) -> dict[str, Any]:
        """Return the field's name."""
        return {"field": self.field} if self.field else {}


class KeyReusedError(InvalidInputError):
    """An idempotency key was used before with another request."""

    title = "Idempotency key reused"


class ConflictError(AskChopperError):
    """The request does not fit the present state."""

    status = 409
    title = "Conflict"


class PriceChangedError(ConflictError):
    """The price shown is no longer the price."""

    title = "Price changed"

    def __init__(self, *, price_tokens: int) -> None:
        """Carry the price of now."""
        super().__init__(f"The price is now {price_tokens:,} tokens. Check it and buy again.")
        self.price_tokens = price_tokens

    def extra(self) -> dict[str, Any]:
        """Return the price of now."""
        return {"price_tokens": self.price_tokens}


class InsufficientTokensError(AskChopperError):
    """The wallet holds less than the price."""

    status = 402
    title = "Not enough tokens"

    def __init__(self, *, missing_tokens: int) -> None:
        """Carry how many tokens are missing."""
        super().__init__(f"You need {missing_tokens:,} more tokens for this.")
        self.missing_tokens = missing_tokens

    def extra(self) -> dict[str, Any]:
        """Return how many tokens are missing."""
        return {"missing_tokens": self.missing_tokens}


class RateLimitedError(AskChopperError):
    """Too many tries in a window of time."""

    status = 429
    title = "Too many tries"

    def __init__(self, sentence: str, *, retry_after_seconds: int) -> None:
        """Carry the seconds after which a try may succeed."""
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds


class TooLargeError(AskChopperError):
    """More bytes than are taken."""

    status = 413
    title = "Too large"


class TooSlowError(AskChopperError):
    """What was announced did not come in time; it may be sent again."""

    status = 408
    title = "Too slow"


class StorageFullError(AskChopperError):
    """There is no room left for files; nothing of the user's is at fault."""

    status = 507
    title = "No room left"


class UnavailableError(AskChopperError):
    """A part the request needs does not answer; trying again later may work."""

    status = 503
    title = "Not available right now"


class SearchTooWideError(AskChopperError):
    """A search would look at too much."""

    status = 503
    title = "Too wide"

    def __init__(self) -> None:
        """Say what helps."""
        super().__init__("This search looks at too much at once. Add a filter or a rarer word.")
