import pytest

from askchopper.errors import ForbiddenError, InvalidInputError, RateLimitedError, SignInRequiredError, UnavailableError
from askchopper.schemas import form_errors
from askchopper.services.accounts import WrongCredentialsError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RateLimitedError("x", retry_after_seconds=1), "too-many"),
        (SignInRequiredError(), "sign-in"),
        (ForbiddenError("x"), "not-allowed"),
        (UnavailableError("x"), "unavailable"),
        (WrongCredentialsError(), "credentials"),
        (InvalidInputError("x", field="email"), "email"),
        (InvalidInputError("x", field="nonsense"), form_errors.OTHER),
        (InvalidInputError("x"), form_errors.OTHER),
    ],
)
def test_every_form_error_code_has_a_message(error: Exception, code: str):
    assert form_errors.code_of(error) == code
    assert form_errors.sentence(code)


def test_unknown_code_has_no_message():
    assert form_errors.sentence("<script>") == ""
