"""Generated requests for every route that reads: whatever is in the address, there is an answer below 500."""

import re

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.api.test_api_access import ROWS
from tests.support.clients import api_client
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
PATHS = sorted(path for method, path in ROWS if method == "GET")
NAMES = (
    "q", "genre", "kind", "bpm_min", "bpm_max", "key", "or_key", "compatible", "price_max", "sort", "limit", "cursor", "tags", "like",
    "fits", "duration_min", "half_double", "name", "days", "offset",
)  # fmt: skip
TEXT = st.text(max_size=40) | st.sampled_from(
    [
        "0",
        "-1",
        "1e308",
        "nan",
        "9" * 400,
        "' OR 1=1 --",
        "../../etc/passwd",
        "%00",
        "\0",
        "{{7*7}}",
        "<img onerror=1>",
        "a" * 3_000,
    ]
)


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_no_request_breaks_the_server(db, data: st.DataObject):
    path = data.draw(st.sampled_from(PATHS))
    filled = re.sub(
        r"\{\w+\}", lambda _: data.draw(TEXT).replace("/", "%2F").replace("?", "%3F").replace("#", "%23") or "x", path
    )
    query = data.draw(st.dictionaries(st.sampled_from(NAMES), TEXT, max_size=4))
    viewer = await make_user() if data.draw(st.booleans()) else None
    async with api_client(viewer) as client:
        try:
            answer = await client.get(filled, params=query)
        except (ValueError, UnicodeError, httpx.InvalidURL):  # the client itself refuses the address
            return
    assert answer.status_code < 500, (filled, query, answer.text[:300])
