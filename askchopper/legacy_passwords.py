"""Password hashes of the old application: werkzeug's scrypt and PBKDF2. After a successful sign-in they are replaced by Argon2id."""

import hashlib
import hmac
import re

_SCRYPT = re.compile(r"scrypt:(\d{1,7}):(\d{1,2}):(\d{1,2})\$([A-Za-z0-9./]{1,64})\$([0-9a-f]{128})")
_PBKDF2 = re.compile(r"pbkdf2:(sha256|sha512|sha1):(\d{1,7})\$([A-Za-z0-9./]{1,64})\$([0-9a-f]{40,128})")
# Beyond these a forged hash could hold a core or the memory for long.
_MAX_SCRYPT_BYTES = 128 * 2**20
_MAX_ITERATIONS = 2_000_000


class WerkzeugHasher:
    """A ``pwdlib`` hasher that only verifies; every hash it verifies is then rehashed."""

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:  # noqa: A002 - the name of the protocol
        """Return whether this is a werkzeug hash that we can verify."""
        text = _text(hash)
        if found := _SCRYPT.fullmatch(text):
            cost, blocks, lanes = (int(found[group]) for group in (1, 2, 3))
            is_power = cost > 1 and cost & (cost - 1) == 0
            return is_power and blocks > 0 and lanes > 0 and 128 * cost * blocks * lanes <= _MAX_SCRYPT_BYTES
        found = _PBKDF2.fullmatch(text)
        return found is not None and 0 < int(found[2]) <= _MAX_ITERATIONS

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Not supported: new passwords are never hashed in this format.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002
        """Return whether a password matches."""
        secret = password.encode() if isinstance(password, str) else password
        text = _text(hash)
        if found := _SCRYPT.fullmatch(text):
            cost, blocks, lanes = (int(found[group]) for group in (1, 2, 3))
            room = 132 * cost * blocks * lanes + 2**20
            digest = hashlib.scrypt(secret, salt=found[4].encode(), n=cost, r=blocks, p=lanes, maxmem=room, dklen=64)
            return hmac.compare_digest(digest.hex(), found[5])
        found = _PBKDF2.fullmatch(text)
        if found is None:
            return False
        digest = hashlib.pbkdf2_hmac(found[1], secret, found[3].encode(), int(found[2]))
        return hmac.compare_digest(digest.hex(), found[4])

    def check_needs_rehash(self, hash: str | bytes) -> bool:  # noqa: A002
        """Return True: hashes of this format are always replaced."""
        return True


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
