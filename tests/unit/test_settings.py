import pytest

from askchopper.settings import SettingsError, load

BLOB_TOKEN = "vercel_blob_rw_store_secret"
LIVE = {
    "environment": "production",
    "database_url": "postgresql://app@db.example/askchopper",
    "secret_key": "x" * 40,
    "public_base_url": "https://askchopper.example",
    "rate_limits": "on",
}


def test_complete_production_settings_are_valid():
    settings = load(**LIVE)
    assert settings.session_cookie == "__Host-askchopper"
    assert settings.origins == ("https://askchopper.example",)
    assert not settings.allows_test_checkout


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
        ({"TOKEN_ENCRYPTION_KEYS": "too short"}, "TOKEN_ENCRYPTION_KEYS"),
        ({"SPOTIFY_API_BASE": "http://127.0.0.1:9000"}, "SPOTIFY_API_BASE"),
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
