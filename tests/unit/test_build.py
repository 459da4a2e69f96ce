"""When the pages are built again."""

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from askchopper import client_constants, launcher, settings
from askchopper.components import theme


@pytest.fixture
def builds(tmp_path: Path, monkeypatch) -> list[str]:
    """Contents of the one page at each build; while it is built the first time, the page is edited."""
    page, seen = tmp_path / "page.py", []
    page.write_text("first")

    def build(*_words, **_options) -> CompletedProcess:
        seen.append(page.read_text())
        if len(seen) == 1:
            page.write_text("edited")
        return CompletedProcess([], 0, "", "")

    for name, value in (("_PAGE_SOURCES", ("page.py",)), ("_LOCK_FILES", ()), ("_BUILD_STAMP", tmp_path / "stamp")):
        monkeypatch.setattr(launcher, name, value)
    monkeypatch.setattr(settings, "PROJECT_DIR", tmp_path)
    monkeypatch.setattr(theme, "write_tokens", lambda _folder: None)
    monkeypatch.setattr(client_constants, "write_constants", lambda _folder: None)
    monkeypatch.setattr(launcher, "_npm_registry", str)
    monkeypatch.setattr(launcher.subprocess, "run", build)
    return seen


def test_page_that_was_edited_during_its_build_is_built_again(builds: list[str]):
    for _ in range(3):
        launcher.build_pages()
    assert builds == ["first", "edited"]
