"""The uploader on the gallery page: choose, drop, pause, resume."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import go, sign_in

_SLOW = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 1_000_000}

Write = Callable[[str, int], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(name: str, size: int) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
        return str(path)

    return _write


@pytest.fixture
def uploader(desktop: Page) -> Page:
    sign_in(desktop, "creator@askchopper.test")
    go(desktop, "/gallery")
    return desktop


def choose(page: Page, *paths: str, button: str = "Choose files") -> None:
    with page.expect_file_chooser() as opened:
        page.get_by_role("button", name=button, exact=True).click()
    opened.value.set_files(list(paths))


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Uploads").get_by_role("listitem").filter(has_text=name)


def slow_down(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _SLOW)


def test_sounds_are_uploaded_and_other_files_explained(uploader: Page, write: Write):
    choose(
        uploader, write("kick.wav", 50_000), write("pad.flac", 60_000), write("notes.pdf", 10), write("empty.wav", 0)
    )
    expect(row(uploader, "kick.wav")).to_contain_text("Uploaded")
    expect(row(uploader, "pad.flac")).to_contain_text("Uploaded")
    expect(uploader.get_by_text("All 2 files uploaded")).to_be_attached()
    expect(uploader.get_by_text("notes.pdf", exact=True)).to_be_visible()
    expect(uploader.get_by_text("Empty. Export it again.")).to_be_visible()


@pytest.mark.soak
def test_folder_can_be_dropped_anywhere(uploader: Page, write: Write, tmp_path: Path):
    for name in (
        "pack/kick.wav",
        "pack/deep/snare.aif",
        "pack/.DS_Store",
        "pack/__MACOSX/kick.wav",
        "pack/kick.wav.asd",
    ):
        write(name, 5_000)
    session = uploader.context.new_cdp_session(uploader)
    data = {"items": [], "files": [str(tmp_path / "pack")], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 30, "data": data})
    expect(uploader.get_by_role("group", name="Drop audio here")).to_have_attribute("data-over", "true")
    session.send("Input.dispatchDragEvent", {"type": "drop", "x": 600, "y": 30, "data": data})
    expect(uploader.get_by_text("All 2 files uploaded")).to_be_attached()
    expect(row(uploader, "snare.aif")).to_contain_text("Uploaded")


def test_pause_leave_and_resume(uploader: Page, write: Write):
    slow_down(uploader)
    choose(uploader, write("long.wav", 3_000_000))
    uploader.get_by_role("progressbar", name="Uploading long.wav").wait_for()
    uploader.get_by_role("button", name="Pause long.wav").click()
    expect(row(uploader, "long.wav")).to_contain_text("Paused at")
    uploader.get_by_role("button", name="Resume long.wav").click()
    expect(row(uploader, "long.wav")).to_contain_text("Uploading")
    uploader.get_by_role("link", name="Browse").first.click()
    uploader.wait_for_url("**/browse**")
    uploader.go_back()
    expect(row(uploader, "long.wav")).to_contain_text("Uploaded", timeout=20_000)


def test_same_sound_is_not_uploaded_twice(uploader: Page, write: Write, complaints: list[str], tmp_path: Path):
    choose(uploader, write("first.wav", 40_000))
    expect(row(uploader, "first.wav")).to_contain_text("Uploaded")
    (tmp_path / "second.wav").write_bytes((tmp_path / "first.wav").read_bytes())
    choose(uploader, str(tmp_path / "second.wav"))
    expect(row(uploader, "second.wav")).to_contain_text("uploaded this sound before")
    uploader.get_by_role("button", name="Cancel second.wav").click()
    expect(row(uploader, "second.wav")).to_have_count(0)
    complaints.clear()
