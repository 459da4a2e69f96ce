"""Results of the web search: plain, bounded, https, dated."""

from datetime import date

import pytest

from askchopper.integrations.brave_search import fault_of, rate_windows
from askchopper.schemas.web_search import Freshness, RateWindow, WebSearchFault
from askchopper.services.knowledge.web_search import cache, results

TODAY = date(2026, 11, 29)


def parsed(*rows: object, news: tuple[object, ...] = ()):
    return results.parse({"web": {"results": list(rows)}, "news": {"results": list(news)}}, today=TODAY)


def row(**values: object) -> dict[str, object]:
    return {"title": "A title", "url": "https://www.example.org/a", "description": "A text."} | values


@pytest.mark.parametrize(("written", "read"), [
    ("A <strong>bold</strong> claim", "A bold claim"),
    ("<script>alert(1)</script>Kick", "Kick"),
    ("&lt;img src=x onerror=alert(1)&gt;Kick &amp; snare", "Kick & snare"),
    ("&amp;lt;b&amp;gt;Kick&amp;lt;/b&amp;gt;", "<b>Kick</b>"),
    ("Tab\there\u0000 and\nthere\u202e", "Tab here and there"),
    ("シンセの使い方", "シンセの使い方"),
    ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
])  # fmt: skip
def test_titles_are_plain_text(written: str, read: str):
    assert parsed(row(title=written))[0].title == read


@pytest.mark.parametrize("url", [
    "http://example.org", "javascript:alert(1)", "data:text/html,x", "//example.org", "https://user:pass@example.org/",
    "https://localhost/", "https://127.0.0.1/", "https://example.org:8443/", "https://exa mple.org", "https://[::1]/", "ftp://example.org",
    "https://example.org/" + "a" * 500, "https://example.org/\u202egpj", "https://", 5, None, "https://example.org/)[x](https://e.vil", "https://10.1/", "https://example",
])  # fmt: skip
def test_other_addresses_are_left_out(url: object):
    assert parsed(row(url=url)) == ()


@pytest.mark.parametrize(
    "wrong", [None, 3, "web", [], {}, {"title": 4}, {"url": ["x"]}, row(title=""), row(title="<b></b>")]
)
def test_wrong_rows_are_left_out(wrong: object):
    assert len(parsed(wrong, row())) == 1


@pytest.mark.parametrize(
    "payload", [{}, {"web": None}, {"web": []}, {"web": {"results": "x"}}, {"news": {"results": {}}}]
)
def test_other_forms_have_no_results(payload: dict[str, object]):
    assert results.parse(payload) == ()


def test_results_are_bounded_and_unique():
    many = [row(url=f"https://example.org/{at}", title="t" * 900, description="word " * 900) for at in range(30)]
    found = parsed(*many, many[0], news=tuple(row(url=f"https://news.example.org/{at}") for at in range(9)))
    assert len(found) == results.MAX_RESULTS
    assert sum(one.is_news for one in found) == results.MAX_NEWS
    assert all(len(one.title) <= results.MAX_TITLE and len(one.text) <= results.MAX_TEXT for one in found)
    assert len({one.url for one in found}) == len(found)


@pytest.mark.parametrize(("values", "expected"), [
    ({"page_age": "2026-11-20T10:00:00"}, date(2026, 11, 20)),
    ({"page_age": "2026-11-20T10:00:00Z"}, date(2026, 11, 20)),
    ({"age": "3 days ago"}, date(2026, 11, 26)),
    ({"age": "1 hour ago"}, TODAY),
    ({"age": "November 2, 2026"}, date(2026, 11, 2)),
    ({"page_age": "2031-01-01T00:00:00"}, None),
    ({"page_age": "yesterday-ish"}, None),
    ({"page_age": 17}, None),
    ({}, None),
])  # fmt: skip
def test_dates(values: dict[str, object], expected: date | None):
    assert parsed(row(**values))[0].published_on == expected


def test_addresses_cannot_end_a_link():
    assert parsed(row(url="https://en.wikipedia.org/wiki/Moby_(musician)"))[0].url.endswith("/Moby_%28musician%29")


def test_site_is_the_host():
    assert parsed(row())[0].site == "example.org"


def test_rate_headers_are_read_by_window():
    headers = {
        "x-ratelimit-limit": "1, 2000", "x-ratelimit-policy": "1;w=1, 2000;w=2592000", "x-ratelimit-remaining": "0, 1523",
        "x-ratelimit-reset": "1, 1252800",
    }  # fmt: skip
    assert rate_windows(headers) == (RateWindow(1, 1, 0, 1), RateWindow(2000, 2_592_000, 1523, 1_252_800))
    del headers["x-ratelimit-policy"]
    assert [window.seconds for window in rate_windows(headers)] == [1, 2_592_000]


@pytest.mark.parametrize("limit", ["", "x, y", "-1, 5", "1", "1, 2, 3", "²"])
def test_odd_rate_headers_are_ignored(limit: str):
    headers = {"x-ratelimit-limit": limit, "x-ratelimit-remaining": "0, 0", "x-ratelimit-reset": "1, 9"}
    assert rate_windows(headers) == ()


@pytest.mark.parametrize(("status", "code", "fault"), [
    (401, "", "key"), (403, "", "key"), (422, "SUBSCRIPTION_TOKEN_INVALID", "key"), (422, "VALIDATION", "garbage"), (402, "", "quota"),
    (429, "RATE_LIMITED", "rate"), (429, "QUOTA_LIMITED", "quota"), (500, "", "away"), (503, "", "away"), (302, "", "garbage"),
])  # fmt: skip
def test_faults_of_statuses(status: int, code: str, fault: str):
    assert fault_of(status, code) is WebSearchFault(fault)


def test_questions_are_normalised():
    def key(query: str, freshness: Freshness = Freshness.ANY) -> str:
        return cache.key_of(query, freshness)

    assert key("What  is trending in Techno?") == key(" what is trending in TE\uff23HNO ")
    assert key("techno") != key("trance")
    assert key("techno") != key("techno", Freshness.WEEK)
