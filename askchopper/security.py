"""Password hashing, random tokens, signed links, and encryption of stored third-party tokens."""

import asyncio
import base64
import hashlib
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadSignature, URLSafeTimedSerializer
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from askchopper import settings
from askchopper.legacy_passwords import WerkzeugHasher

TOKEN_BYTES = 32
# Argon2id at the minimum that OWASP's password storage cheat sheet names: 19 MiB, two passes, one lane.
_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1), BcryptHasher(), WerkzeugHasher()))
# A hash takes tens of milliseconds of processor time, so at most two run at once. The pool is separate, because the threads of the
# event loop's default executor may all be waiting for a disk.
_HASHING = ThreadPoolExecutor(2, thread_name_prefix="password-hash")
_DUMMY_HASH = _HASHER.hash(secrets.token_urlsafe(16))


async def hash_password(password: str) -> str:
    """Hash a password with Argon2id, off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, _HASHER.hash, password)


async def verify_password(password: str, stored_hash: str | None) -> tuple[bool, str | None]:
    """Verify a password in constant time, whether or not the account exists.

    Args:
        password: what the user typed.
        stored_hash: the stored hash; None for an unknown account.

    Returns:
        Whether it matches, and a new hash to store if the old one used weaker settings.
    """
    verify = partial(_HASHER.verify_and_update, password, stored_hash or _DUMMY_HASH)
    try:
        matches, upgraded = await asyncio.get_running_loop().run_in_executor(_HASHING, verify)
    except UnknownHashError:
        return False, None
    return matches and stored_hash is not None, upgraded


def new_token() -> str:
    """Return a random 256-bit token, safe in URLs and cookies."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> bytes:
    """Hash a random token for storage; plain SHA-256 suffices because tokens are not guessable."""
    return hashlib.sha256(token.encode()).digest()


def sign(payload: dict[str, Any], *, purpose: str) -> str:
    """Sign a payload for a link; the purpose prevents its use as another kind of link."""
    return _serializer(purpose).dumps(payload)


def unsign(token: str, *, purpose: str, max_age_seconds: int) -> dict[str, Any] | None:
    """Verify a signed payload; None if it was altered, has expired or has another purpose."""
    try:
        payload = _serializer(purpose).loads(token, max_age=max_age_seconds)
    except BadSignature:
        return None
    return cast("dict[str, Any]", payload) if isinstance(payload, dict) else None


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.get().signing_key, salt=f"askchopper.{purpose}")


def encrypt(text: str, *, purpose: str) -> bytes:
    """Encrypt a secret for storage with the first key.

    Args:
        text: the secret.
        purpose: kind and owner of the secret; authenticated, so that a ciphertext copied to another row is useless.
    """
    return _cipher().encrypt(json.dumps([purpose, text]).encode())


def decrypt(sealed: bytes, *, purpose: str) -> str | None:
    """Decrypt a secret with any of the keys; None if no key fits, it was altered, or it has another purpose."""
    try:
        found_purpose, text = json.loads(_cipher().decrypt(sealed))
    except (InvalidToken, ValueError):
        return None
    return str(text) if found_purpose == purpose else None


def reencrypt(sealed: bytes) -> bytes | None:
    """Re-encrypt a secret with the first key; None if no key fits."""
    try:
        return _cipher().rotate(sealed)
    except InvalidToken:
        return None


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in (*settings.get().encryption_keys, _derived_key())])


def _derived_key() -> bytes:
    """Return the key used if no encryption key is configured; it still decrypts old secrets after one is set."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"askchopper.encryption").derive(settings.get().signing_key.encode())
    return base64.urlsafe_b64encode(derived)
