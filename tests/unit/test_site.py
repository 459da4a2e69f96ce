"""Built pages over HTTP: invalid paths get a 404, whatever error the file system raises."""

from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from askchopper.api import site
from askchopper.api.paint_first import paint_first
from tests.support.database import ROOT


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Serve a small build instead of the compiled pages."""
    (tmp_path / "404.html").write_text("<html><head></head>Not found</html>")
    monkeypatch.setattr(site, "CLIENT_DIR", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "path",
    ["/" + "a" * 300, "/" + "a" * 300 + ".js", "/" + "b/" * 2100 + "c", "/" + "a" * 5000, "/x.js/y.js"],
)
async def test_path_rejected_by_file_system_is_404(build: Path, path: str):
    transport = httpx.ASGITransport(site.Site(PlainTextResponse("passed on")))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert "Not found" in answer.text


def test_favicon_is_served():
    assert (ROOT / "assets" / "favicon.ico").read_bytes()[:4] == b"\0\0\1\0"


_BUILT_PAGE = (
    '<html><head><link rel="modulepreload" href="/assets/entry-1.js"/><link rel="modulepreload" href="/assets/root-2.js"/></head>'
    '<body><p>Text</p><script type="module" async="">import "/assets/manifest-0.js";\nimport * as route0 from "/assets/root-2.js";\n  \n'
    '  window.__reactRouterRouteModules = {"root":route0};\n\nimport("/assets/entry-1.js");</script></body></html>'
)


def test_modules_are_loaded_after_first_frame():
    page = paint_first(_BUILT_PAGE)
    head, _, body = page.partition("<p>Text</p>")
    assert "modulepreload" not in head
    assert "requestAnimationFrame" in body
    assert body.index('["/assets/entry-1.js", "/assets/root-2.js"]') < body.index('import("/assets/root-2.js")')
    assert body.index('{"root":route0}') < body.index('import("/assets/entry-1.js")')


def test_page_without_modules_stays_as_built():
    page = '<html><head><link rel="modulepreload" href="/a.js"/></head><script>1</script></html>'
    assert paint_first(page) == page


@pytest.mark.parametrize("kind", sorted(site._PUBLIC_PAGES))
def test_pages_of_their_own_are_looked_up(kind: str):
    assert site._DYNAMIC.match(f"/{kind}/some-slug")
