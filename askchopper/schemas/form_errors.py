"""Messages for form errors, by a code that is safe in a URL.

A form posted without JavaScript redirects to its page with ``?problem=<code>``, and the page looks up the message here, so that a
link cannot make the site display arbitrary text.
"""

from askchopper import policy
from askchopper.errors import (
    AskChopperError,
    ForbiddenError,
    InvalidInputError,
    RateLimitedError,
    SignInRequiredError,
    UnavailableError,
)

OTHER = "other"
MAILED = "We have sent you an email. Open the link in it to finish."
EMAIL_MAILED = "We have sent a link to this address. Open it to finish."
SENTENCES: dict[str, str] = {
    "credentials": "The email or the password is wrong.",
    "email": "Check the email address. If you have an account already, sign in instead.",
    "password": f"The password needs at least {policy.MIN_PASSWORD_CHARACTERS} characters and must not be a common one.",
    "current": "The current password is wrong.",
    "new": f"The new password needs at least {policy.MIN_PASSWORD_CHARACTERS} characters and must not be a common one.",
    "display_name": f"Check the display name: up to {policy.MAX_DISPLAY_NAME_CHARACTERS} characters that can be shown.",
    "code": "The verification code is wrong.",
    "token": "This link no longer works. Ask for a new one.",
    "authentication_code": "This code is wrong or was used already. Enter the one that your app shows now.",
    "recent": "You signed in a while ago. Sign in again, then link the provider.",
    "provider-state": "This sign-in has expired or was started in another browser. Try again.",
    "provider-denied": "You cancelled the sign-in. Nothing was changed.",
    "provider-failed": "The provider could not confirm who you are. Try again, or sign in another way.",
    "provider-unavailable": "The provider did not answer. Try again in a moment, or sign in another way.",
    "provider-unverified": "Your email address is not verified there. Verify it with the provider, or sign in with a password.",
    "provider-taken": "There is already an account with this email. Sign in with your password, then link the provider in your settings.",
    "provider-linked": "You already have an account from this provider linked, or this one is linked to another member.",
    "linked": "Linked. You can sign in with it from now on.",
    "too-many": "Too many attempts. Wait a while and try again.",
    "sign-in": "Sign in to do this.",
    "not-allowed": "This is not allowed.",
    "unavailable": "The server could not do this right now. Nothing was lost; try again in a moment.",
    OTHER: "That did not work. Check what you typed and try again.",
}


def code_of(error: AskChopperError) -> str:  # noqa: PLR0911 - a table in the form of a match
    """Return the code of an error; ``OTHER`` if there is no specific one."""
    match error:
        case RateLimitedError():
            return "too-many"
        case SignInRequiredError():
            return "sign-in"
        case ForbiddenError():
            return "not-allowed"
        case UnavailableError():
            return "unavailable"
        case InvalidInputError(status=401):
            return "credentials"
        case InvalidInputError(field=field) if field in SENTENCES:
            return field
        case _:
            return OTHER


def sentence(code: str) -> str:
    """Return the message of a code; empty for an unknown code."""
    return SENTENCES.get(code, "")
