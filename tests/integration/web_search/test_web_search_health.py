"""The check ``web_search`` of ``/health``: there where it is configured, and failing while requests are paused by a fault."""

from collections.abc import AsyncIterator

import pytest

from askchopper.api import health_checks
from askchopper.services.knowledge.web_search.search import WebSearchError, search
from askchopper.settings import environment
from tests.simulators.brave.client import BraveSimulator
from tests.support.clients import api_client
from tests.support.factories import make_user

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
async def _fresh() -> AsyncIterator[None]:
    health_checks.forget()
    yield
    health_checks.forget()


async def check() -> dict[str, object] | None:
    health_checks.forget()
    async with api_client() as client:
        return (await client.get("/health")).json()["checks"].get("web_search")


async def test_check_is_there_where_configured(db: None, brave: BraveSimulator):
    found = await check()
    assert found is not None
    assert (found["ok"], found["left"]) == (True, 1_000)
    await search(await make_user(), "techno")
    assert (await check() or {})["left"] == 999
    with environment(WEB_SEARCH_BACKEND="off"):
        assert await check() is None


@pytest.mark.parametrize(("fault", "is_ok"), [("key", False), ("quota", True)])
async def test_check_fails_for_faults_and_not_for_a_quota(db: None, brave: BraveSimulator, fault: str, is_ok: bool):
    brave.fail(fault)
    with pytest.raises(WebSearchError):
        await search(await make_user(), "techno")
    assert (await check() or {})["ok"] is is_ok
