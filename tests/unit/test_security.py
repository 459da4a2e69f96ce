import time

from askchopper import security


async def test_password_matches_only_itself():
    stored = await security.hash_password("correct horse")
    assert (await security.verify_password("correct horse", stored))[0]
    assert not (await security.verify_password("correct hors", stored))[0]
    assert not (await security.verify_password("correct horse", None))[0]
    assert not (await security.verify_password("x", "not a hash"))[0]


async def test_bcrypt_hash_is_accepted_and_rehashed():
    from pwdlib.hashers.bcrypt import BcryptHasher

    matches, renewed = await security.verify_password("old password", BcryptHasher(rounds=4).hash("old password"))
    assert matches
    assert renewed is not None
    assert renewed.startswith("$argon2id$")


async def test_unknown_account_takes_the_same_time():
    stored = await security.hash_password("correct horse")

    async def cost(known: str | None) -> float:
        times = []
        for _ in range(7):
            started = time.perf_counter()
            await security.verify_password("guess", known)
            times.append(time.perf_counter() - started)
        return sorted(times)[3]

    known, unknown = await cost(stored), await cost(None)
    assert 0.5 < unknown / known < 2


def test_signed_payload_is_bound_to_purpose_and_expires():
    link = security.sign({"file": "1"}, purpose="download")
    assert security.unsign(link, purpose="download", max_age_seconds=10) == {"file": "1"}
    assert security.unsign(link, purpose="reset", max_age_seconds=10) is None
    assert security.unsign(link, purpose="download", max_age_seconds=-1) is None
    assert security.unsign(link[:-2] + "xx", purpose="download", max_age_seconds=10) is None


def test_tokens_are_long_and_unique():
    assert len({security.new_token() for _ in range(1000)}) == 1000
    assert len(security.new_token()) >= 43


def test_secret_decrypts_with_any_key_for_its_purpose_only():
    from cryptography.fernet import Fernet

    from askchopper.settings import environment

    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with environment(TOKEN_ENCRYPTION_KEYS=old):
        sealed = security.encrypt("a secret", purpose="mine")
    assert b"a secret" not in sealed
    with environment(TOKEN_ENCRYPTION_KEYS=f"{new},{old}"):
        assert security.decrypt(sealed, purpose="mine") == "a secret"
        assert security.decrypt(sealed, purpose="theirs") is None
        again = security.reencrypt(sealed)
    with environment(TOKEN_ENCRYPTION_KEYS=new):
        assert security.decrypt(sealed, purpose="mine") is None
        assert security.reencrypt(sealed) is None
        assert security.decrypt(again or b"", purpose="mine") == "a secret"
        assert security.decrypt(b"", purpose="mine") is None
