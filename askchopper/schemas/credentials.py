"""Validation of e-mail addresses and passwords."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import idna

from askchopper import policy
from askchopper.errors import InvalidInputError

_LEAST_GUESSES = 10_000
_ESTIMATED_CHARACTERS = 32  # the estimate takes time cubic in the length, so only the first characters are estimated
_EMAIL_PATTERN = re.compile(r"[^\s@\"(),:;<>\[\\\]]{1,64}@([^\s@]{1,253})")


def normalise_email(email: str) -> str:
    """Normalise an e-mail address for storage and comparison.

    Raises:
        InvalidInputError: it is not an e-mail address, or longer than 254 characters.
    """
    cleaned = unicodedata.normalize("NFC", email.strip()).lower()
    match = _EMAIL_PATTERN.fullmatch(cleaned)
    if match is None or len(cleaned) > 254 or not cleaned.isprintable():
        raise InvalidInputError("This is not an email address.", field="email")
    try:
        domain = idna.encode(match[1], uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidInputError("This is not an email address.", field="email") from error
    return f"{cleaned.rpartition('@')[0]}@{domain}"


def checked_password(password: str, *, field: str = "password") -> str:
    """Validate a password and return it.

    It is compared with zxcvbn's 30,000 most common passwords and with our own lists for other languages and for music; zxcvbn also
    estimates the guesses needed for repeats, sequences and letter substitutions (Wheeler, USENIX Security 2016).

    Raises:
        InvalidInputError: it is too short, too long, cannot be encoded, or is easy to guess.
    """
    if len(password) < policy.MIN_PASSWORD_CHARACTERS:
        raise InvalidInputError(
            f"The password needs at least {policy.MIN_PASSWORD_CHARACTERS} characters.", field=field
        )
    if len(password) > policy.MAX_PASSWORD_CHARACTERS:
        raise InvalidInputError(
            f"The password can have at most {policy.MAX_PASSWORD_CHARACTERS} characters.", field=field
        )
    try:
        password.encode()
    except UnicodeEncodeError as error:
        raise InvalidInputError("The password contains an invalid character.", field=field) from error
    if password.lower() in _common_passwords() or _guesses(password) < _LEAST_GUESSES:
        raise InvalidInputError("This password is too easy to guess.", field=field)
    return password


@lru_cache(maxsize=1)
def _common_passwords() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - most processes check no password

    own = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split()
    return frozenset(own).union(FREQUENCY_LISTS["passwords"])


def _guesses(password: str) -> float:
    from zxcvbn import zxcvbn  # noqa: PLC0415

    return float(zxcvbn(password[:_ESTIMATED_CHARACTERS])["guesses"])
