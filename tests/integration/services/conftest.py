"""Fixtures of the tests of services."""

import pytest

from askchopper.services.search import facets, vector_index


@pytest.fixture
def search_uncached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search without what earlier tests left in its caches."""
    monkeypatch.setattr(facets, "_kept", {})
    monkeypatch.setattr(vector_index, "_kept", (-vector_index.KEPT_SECONDS, None))
    monkeypatch.setattr(vector_index, "KEPT_SECONDS", 0.0)
