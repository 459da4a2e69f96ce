"""The client's constants are what the generator writes, and its API paths exist."""

from pathlib import Path

from askchopper import client_constants
from askchopper.api.app import create_app

ASSETS = Path(__file__).parent.parent.parent / "assets"


def test_constants_js_is_current():
    assert (ASSETS / client_constants.PATH).read_text(encoding="utf-8") == client_constants.constants_js()


def test_every_api_path_of_the_client_is_served():
    served = create_app().openapi()["paths"]
    for name, path in client_constants.values().items():
        if name.startswith("API_"):
            assert any(route == path or route.startswith(f"{path}/") for route in served), name
