import pytest

from askchopper.settings import SettingsError, load

BLOB_TOKEN = "vercel_blob_rw_store_secret"
LIVE = {
    "environment": "production",
    "database_url": "postgresql://app@db.example/askchopper?sslmode=require",
    "secret_key": "x" * 40,
    "public_base_url": "https://askchopper.example",
    "rate_limits": "on",
}


def test_complete_production_settings_are_valid():
    settings = load(**LIVE)
    assert settings.session_cookie == "__Host-askchopper"
    assert settings.origins == ("https://askchopper.example",)
    assert not settings.allows_test_checkout


@pytest.mark.parametrize("host", ["askchopper.example", "10.0.0.1"])
def test_cookie_of_one_host_has_no_domain(host: str):
    settings = load(**LIVE | {"public_base_url": f"https://{host}"}, websocket_origin=f"https://{host}:8443")
    assert settings.session_cookie == "__Host-askchopper"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"public_base_url": "http://askchopper.example"}, "PUBLIC_BASE_URL"),
        ({"rate_limits": "off"}, "RATE_LIMITS"),
        ({"allowed_origins": "*"}, "ALLOWED_ORIGINS"),
        ({"PORT": 0}, "PORT"),
        ({"BLOB_READ_WRITE_TOKEN": "secret"}, "BLOB_READ_WRITE_TOKEN"),
        ({"BLOB_PUBLIC_READ_WRITE_TOKEN": BLOB_TOKEN}, "BLOB_READ_WRITE_TOKEN"),
        ({"BLOB_READ_WRITE_TOKEN": BLOB_TOKEN, "VERCEL_BLOB_API_URL": "http://blob.example"}, "VERCEL_BLOB_API_URL"),
        ({"SPOTIFY_CLIENT_ID": "a" * 32}, "TOKEN_ENCRYPTION_KEYS"),
        ({"GOOGLE_CLIENT_ID": "g"}, "GOOGLE_CLIENT_SECRET"),
        ({"GITHUB_BASE": "http://127.0.0.1:9"}, "GITHUB_BASE"),
        ({"GITHUB_API_BASE": "http://github.example"}, "GITHUB_API_BASE"),
        ({"OIDC_CLIENT_ID": "o", "OIDC_CLIENT_SECRET": "s"}, "OIDC_ISSUER"),
        ({"OIDC_CLIENT_ID": "o", "OIDC_CLIENT_SECRET": "s", "OIDC_ISSUER": "http://id.example"}, "OIDC_ISSUER"),
        ({"TOKEN_ENCRYPTION_KEYS": "too short"}, "TOKEN_ENCRYPTION_KEYS"),
        ({"SPOTIFY_API_BASE": "http://127.0.0.1:9000"}, "SPOTIFY_API_BASE"),
        ({"RESOURCE_CHECK_BASE": "http://127.0.0.1:9000"}, "RESOURCE_CHECK_BASE"),
        ({"BRAVE_API_BASE_URL": "http://127.0.0.1:9000"}, "BRAVE_API_BASE_URL"),
        ({"SPOTIFY_ACCOUNTS_BASE": "http://spotify.example"}, "SPOTIFY_ACCOUNTS_BASE"),
        ({"SPOTIFY_REDIRECT_URI": "http://localhost:8000/spotify/callback"}, "SPOTIFY_REDIRECT_URI"),
        (
            {"BLOB_READ_WRITE_TOKEN": BLOB_TOKEN, "VERCEL_BLOB_DOWNLOAD_URL": "https://127.0.0.1"},
            "VERCEL_BLOB_DOWNLOAD_URL",
        ),
    ],
)
def test_production_rejects_invalid_settings_by_name(change: dict[str, object], word: str):
    with pytest.raises(SettingsError, match=word):
        load(**{**LIVE, **change})


def test_missing_public_address_is_one_problem():
    with pytest.raises(SettingsError) as refused:
        load(**{**LIVE, "public_base_url": ""})
    assert str(refused.value) == "PUBLIC_BASE_URL must be the public https address of the site in production."


def test_database_must_state_its_encryption():
    with pytest.raises(SettingsError, match=r"DATABASE_URL must state how it is encrypted: add \?sslmode=require"):
        load(**{**LIVE, "database_url": "postgresql://app@db.example/askchopper"})
    for url in (
        "postgresql://app@db.example/a?sslmode=disable",
        "postgresql://app@127.0.0.1/a",
        "postgresql://app@/a?host=/tmp",
    ):
        load(**{**LIVE, "database_url": url})


def test_pooler_is_set_not_guessed():
    url = "postgresql://app:word@pool.example:6432/a?sslmode=require"
    assert not load(**{**LIVE, "database_url": url}).is_database_pooled
    assert load(**{**LIVE, "database_url": url, "DATABASE_POOLED": "on"}).is_database_pooled
    guessed = load(**{**LIVE, "database_url": f"{url}&pgbouncer=true"})
    assert not guessed.is_database_pooled
    assert "looks like the address of a pooler" in " ".join(guessed.warnings())


def test_names_of_neon_and_vercel(monkeypatch: pytest.MonkeyPatch):
    for name in ("DATABASE_URL", "DATABASE_URL_DIRECT"):  # of a database that other tests of this process started
        monkeypatch.delenv(name, raising=False)
    pooled = "postgres://app:word@ep-a-1-pooler.eu.aws.neon.tech/a?sslmode=require&channel_binding=require"
    direct = pooled.replace("-pooler", "")
    bare = {name: value for name, value in LIVE.items() if name != "database_url"}
    neon = load(**{**bare, "database_url": pooled, "database_url_unpooled": direct})
    vercel = load(**{**bare, "postgres_url": pooled, "postgres_url_non_pooling": direct})
    for found in (neon, vercel):
        assert found.is_database_pooled
        assert "-pooler" in found.async_database_url
        assert "-pooler" not in found.sync_database_url
        assert "-pooler" not in found.worker_database_url
        assert "channel_binding=require" in found.async_database_url
        assert found.warnings() == load(**LIVE).warnings()


def test_parameters_of_other_clients_are_dropped():
    url = "postgres://app:a%40b@pool.example:6432/a?pgbouncer=true&sslmode=require&connection_limit=1&schema=public"
    found = load(**{**LIVE, "database_url": url}).async_database_url
    assert found == "postgresql+psycopg://app:a%40b@pool.example:6432/a?sslmode=require"
    socket = load(**{**LIVE, "database_url": "postgresql://app@/a?host=%2Ftmp%2Fx%20y"}).async_database_url
    assert socket == "postgresql+psycopg://app@/a?host=%2Ftmp%2Fx%20y"


def test_worker_behind_a_pooler_connects_directly_as_the_app():
    found = load(
        **LIVE | {"database_url": "postgresql://app:word@pool.example:6432/a?sslmode=require"},
        DATABASE_POOLED="on", DATABASE_URL_DIRECT="postgresql://owner:other@db.example/a?sslmode=require",
    ).worker_database_url  # fmt: skip
    assert found == "postgresql://app:word@db.example/a?sslmode=require"


def test_token_is_not_printed_in_errors():
    with pytest.raises(SettingsError) as refused:
        load(**LIVE, BLOB_READ_WRITE_TOKEN="vercel_blob_secret")
    assert "vercel_blob_secret" not in str(refused.value)


def test_empty_token_is_none():
    assert not load(**LIVE, BLOB_READ_WRITE_TOKEN="").blob_read_write_token


def test_production_without_encryption_keys_disables_spotify():
    assert not load(**LIVE).allows_spotify
    assert load(**LIVE, TOKEN_ENCRYPTION_KEYS="A" * 43 + "=").allows_spotify


@pytest.mark.parametrize(
    ("change", "address"),
    [
        ({"PORT": 3217}, "http://127.0.0.1:3217/spotify/callback"),
        ({"PUBLIC_BASE_URL": "http://localhost:3000"}, "http://127.0.0.1:3000/spotify/callback"),
        ({"SPOTIFY_REDIRECT_URI": "http://localhost:8000/callback"}, "http://127.0.0.1:8000/callback"),
        ({"PUBLIC_BASE_URL": "https://localhost.example"}, "https://localhost.example/spotify/callback"),
    ],
)
def test_spotify_redirect_is_never_localhost(change: dict[str, object], address: str):
    assert load(**change).spotify_redirect == address
