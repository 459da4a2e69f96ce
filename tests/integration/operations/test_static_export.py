"""Static files on a CDN: the exported folder, its ``vercel.json``, and a server whose websocket has another host."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from askchopper import settings
from askchopper.api import site, static_export
from askchopper.api.middleware import Guard
from askchopper.errors import InvalidInputError
from askchopper.settings import SettingsError, environment
from tests.support.clients import api_client
from tests.support.database import ROOT
from tests.support.factories import PASSWORD, make_user
from tests.unit.test_settings import LIVE

pytestmark = pytest.mark.integration
EXAMPLE = {
    "ASKCHOPPER_ENV": "production", "SECRET_KEY": "x" * 40, "RATE_LIMITS": "on", "DATABASE_URL": "postgresql://a@db.example/a?sslmode=require",
    "PUBLIC_BASE_URL": "https://www.example.com", "WEBSOCKET_ORIGIN": "https://api.example.com",
}  # fmt: skip
COMMITTED = ROOT / "deploy" / "vercel.json"
# Of vercel.json, according to https://openapi.vercel.sh/vercel.json.
_TYPES = {
    "$schema": str, "framework": (str, type(None)), "installCommand": str, "buildCommand": str, "outputDirectory": str, "headers": list,
    "rewrites": list,
}  # fmt: skip
BUILT = {
    "index.html": "<html></html>", "browse/index.html": "<html></html>", "assets/root-1.js": "1", "assets/root-1.js.br": "1", "assets/a.css": "a",
    "assets/reflex-env-1.js": 'var e={PING:`http://localhost:3000/ping`,EVENT:`ws://localhost:3000/_event`};', "fonts/geist-mono-latin.woff2": "f",
    "icon.svg": "<svg/>", "src/shared/store.js": "source",
}  # fmt: skip


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "client"
    for name, content in BUILT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    monkeypatch.setattr(site, "CLIENT_DIR", folder)
    return folder


@pytest.fixture
def example() -> Iterator[None]:
    with environment(**EXAMPLE):
        yield


def pattern(source: str) -> re.Pattern[str]:
    """Translate a source of Vercel, in the syntax of path-to-regexp, as far as we use it."""
    translated = re.sub(r"/:\w+\*", "(?:/(.*))?", source)
    return re.compile(re.sub(r":\w+(?=\()", "", translated))


def headers_for(path: str, config: dict) -> dict[str, str]:
    rules = [rule for rule in config["headers"] if pattern(rule["source"]).fullmatch(path)]
    return {line["key"].lower(): line["value"] for rule in rules for line in rule["headers"]}


def server() -> httpx.AsyncClient:
    app = Guard(site.Site(PlainTextResponse("passed on")))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://www.example.com")


def test_committed_file_is_fresh(example: None):
    """Regenerate it with ``UPDATE_VERCEL=1``."""
    written = f"{json.dumps(static_export.vercel_config(()), indent=2)}\n"
    if os.environ.get("UPDATE_VERCEL"):
        COMMITTED.write_text(written)
    assert COMMITTED.read_text() == written


def test_committed_file_has_the_keys_of_the_schema():
    config = json.loads(COMMITTED.read_text())
    assert set(config) == set(_TYPES)
    assert all(isinstance(value, _TYPES[name]) for name, value in config.items())
    for rule in config["headers"]:
        assert (set(rule), {tuple(line) for line in rule["headers"]}) == ({"source", "headers"}, {("key", "value")})
        assert rule["source"].startswith("/")
        assert re.compile(pattern(rule["source"]))
    assert [set(rule) for rule in config["rewrites"]] == [{"source", "destination"}]


async def test_headers_are_those_of_the_server(example: None, build: Path):
    config = static_export.vercel_config(["root-1.js", "a.css"])
    async with server() as client:
        for path in ("/assets/root-1.js", "/assets/a.css", "/fonts/geist-mono-latin.woff2", "/icon.svg"):
            sent = dict((await client.get(path)).headers)
            own = ("x-request-id", "content-type", "content-length", "etag", "last-modified", "vary", "accept-ranges")
            assert headers_for(path, config) == {name: value for name, value in sent.items() if name not in own}
    assert "immutable" in headers_for("/assets/root-1.js", config)["cache-control"]
    assert "wss://api.example.com" in headers_for("/icon.svg", config)["content-security-policy"]


async def test_everything_else_is_the_servers(example: None, build: Path, tmp_path: Path):
    folder = tmp_path / "export"
    assert static_export.export(folder) == 4
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {"assets/root-1.js", "assets/a.css", "fonts/geist-mono-latin.woff2", "icon.svg", "vercel.json"}
    config = json.loads((folder / "vercel.json").read_text())
    [rewrite] = config["rewrites"]
    assert rewrite["destination"] == "https://api.example.com/:path*"
    assert "immutable" in headers_for("/assets/root-1.js", config)["cache-control"]
    dynamic = [f"/{kind}/some-slug" for kind in site._DYNAMIC.pattern.partition("(")[2].partition(")")[0].split("|")]
    pages = [
        "/",
        "/browse",
        "/admin",
        "/assets/reflex-env-1.js",
        "/assets/root-0.js",
        "/assets/root-1xjs",
        "/fonts/old.woff2",
        *dynamic,
    ]
    for path in (*pages, *site._ELSEWHERE, *(f"{prefix}/x" for prefix in site._ELSEWHERE)):
        assert pattern(rewrite["source"]).fullmatch(path), path
        assert path.lstrip("/") not in files, path
        assert headers_for(path, config) == {}, path


async def test_pages_open_the_websocket_at_the_server(example: None, build: Path):
    async with server() as client:
        script = (await client.get("/assets/reflex-env-1.js")).text
    assert 'EVENT:"wss://api.example.com/_event"' in script
    assert "globalThis.location.origin" in script  # requests go to the site's own address


async def test_cookies_reach_both_hosts(db: None):
    await make_user(email="ada@example.test")
    with environment(PUBLIC_BASE_URL="https://www.example.com", WEBSOCKET_ORIGIN="https://api.example.com"):
        async with api_client() as client:
            answer = await client.post("/auth/login", data={"email": "ada@example.test", "password": PASSWORD})
        cookies = answer.headers.get_list("set-cookie")
    assert cookies
    assert all("Domain=example.com" in cookie and cookie.startswith("__Secure-") for cookie in cookies)


@pytest.mark.parametrize(
    ("base", "socket", "domain"),
    [
        ("https://www.example.com", "https://api.example.com", "example.com"),
        ("https://example.com", "https://api.example.com", "example.com"),
        ("https://a.shop.example.com", "https://b.shop.example.com", "shop.example.com"),
        ("https://www.example.com", "", None),
    ],
)
def test_cookie_domain(base: str, socket: str, domain: str | None):
    assert settings.load(**{**LIVE, "public_base_url": base, "WEBSOCKET_ORIGIN": socket}).cookie_domain == domain


@pytest.mark.parametrize(
    "socket",
    ["https://api.example.org", "http://api.example.com", "api.example.com", "https://com", "https://api.example.com:99999", "https://api.example.com:0"],
)  # fmt: skip
def test_websocket_of_another_site_is_refused(socket: str):
    with pytest.raises(SettingsError, match="WEBSOCKET_ORIGIN"):
        settings.load(**{**LIVE, "public_base_url": "https://www.example.com", "WEBSOCKET_ORIGIN": socket})


@pytest.mark.parametrize(
    ("base", "socket", "sentence"),
    [
        ("https://shop.vercel.app", "https://shop-api.vercel.app", "that is yours"),
        ("https://shop.co.uk", "https://api.co.uk", "that is yours"),
        ("https://shop.up.railway.app", "https://api.up.railway.app", "that is yours"),
        ("https://10.0.0.1", "https://10.1.0.1:8443", "IP address"),
    ],
)
def test_domain_that_others_share_is_refused(base: str, socket: str, sentence: str):
    with pytest.raises(SettingsError, match=sentence):
        settings.load(**{**LIVE, "public_base_url": base, "WEBSOCKET_ORIGIN": socket})


@pytest.mark.parametrize("shared", ["vercel.app", "co.uk"])
def test_own_domain_below_a_public_suffix_is_allowed(shared: str):
    hosts = {"public_base_url": f"https://shop.{shared}", "WEBSOCKET_ORIGIN": f"https://api.shop.{shared}"}
    assert settings.load(**{**LIVE, **hosts}).cookie_domain == f"shop.{shared}"


def test_export_needs_a_build_and_an_empty_folder(example: None, build: Path, tmp_path: Path):
    with pytest.raises(InvalidInputError, match="not empty"):
        static_export.export(build)
    with environment(WEBSOCKET_ORIGIN=""), pytest.raises(InvalidInputError, match="WEBSOCKET_ORIGIN"):
        static_export.export(tmp_path / "export")
    (build / "assets").rename(build / "other")
    with pytest.raises(InvalidInputError, match="askchopper build"):
        static_export.export(tmp_path / "export")
    assert not (tmp_path / "export").exists()


@pytest.mark.parametrize("name", ["file", "file/below", "/proc/askchopper"])
def test_folder_that_cannot_be_made_is_one_sentence(example: None, build: Path, tmp_path: Path, name: str):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInputError, match="cannot be written"):
        static_export.export(tmp_path / name)


def test_patterns_of_a_large_build_are_short(example: None):
    names = [f"route-{number}-{'x' * 40}.js" for number in range(120)]
    config = static_export.vercel_config(names)
    sources = [rule["source"] for rule in config["headers"] if rule["source"].startswith("/assets/")]
    assert (len(sources), max(map(len, sources)) < 4_096) == (3, True)
    assert all(headers_for(f"/assets/{name}", config) for name in names)


@pytest.mark.parametrize("path", ["/pack/some-slug", "/nowhere"])
async def test_page_that_was_not_built_says_so(db: None, build: Path, path: str):
    async with server() as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.text) == (503, site.NO_PAGES)


async def test_command_says_what_is_missing():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "askchopper", "export-static", "nowhere",
        cwd=ROOT, env={**os.environ, "WEBSOCKET_ORIGIN": ""}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, printed = await process.communicate()
    assert process.returncode == 1
    assert printed.decode().startswith("Set PUBLIC_BASE_URL")
