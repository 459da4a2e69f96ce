import pytest

from askchopper.settings import SettingsError, load

LIVE = {
    "environment": "production",
    "database_url": "postgresql://app@db.example/askchopper",
    "secret_key": "x" * 40,
    "public_base_url": "https://askchopper.example",
    "rate_limits": "on",
}


def test_a_complete_installation_starts():
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
    ],
)
def test_production_refuses_to_start_and_names_the_setting(change: dict[str, object], word: str):
    with pytest.raises(SettingsError, match=word):
        load(**{**LIVE, **change})
