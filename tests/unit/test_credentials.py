import pytest

from askchopper.errors import InvalidInputError
from askchopper.schemas.credentials import checked_password, normalise_email


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Ada@Example.TEST ", "ada@example.test"),
        ("ada+beats@example.test", "ada+beats@example.test"),
        ("jo@bücher.example", "jo@xn--bcher-kva.example"),
    ],
)
def test_email_is_normalised(typed: str, stored: str):
    assert normalise_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "ada", "@example.test", "a@b@c.test", "a b@c.test", "ada@", "a@x..test", "a\u0000@b.test", f"{'a' * 65}@b.test",
     f"a@{'b' * 260}.test", "ada@exa\u202emple.test", "a@[127.0.0.1]"],
)  # fmt: skip
def test_invalid_email_is_rejected(typed: str):
    with pytest.raises(InvalidInputError) as caught:
        normalise_email(typed)
    assert caught.value.field == "email"


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "a" * 129,
        "password1",
        "PASSWORD123",
        "qwertyuiop",
        "a" * 128,
        "abcabcabcabc",
        "samantha1",
        "sommer123",
        "eight\ud800chars",
    ],
)
def test_weak_passwords_are_rejected(password: str):
    with pytest.raises(InvalidInputError):
        checked_password(password)


@pytest.mark.parametrize("password", ["chopper-demo", "xk7 wq9 " * 16, "correct horse", "пароль-мой", "  spaces  "])
def test_long_passwords_of_any_characters_are_accepted(password: str):
    assert checked_password(password) == password
