"""Files that the browser sends to Vercel Blob itself, under the site's content policy."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.e2e.test_uploader import choose, row
from tests.simulators.vercel_blob.client import PRIVATE, BlobSimulator
from tests.simulators.vercel_blob.client import running as blob_running
from tests.support import site as site_data
from tests.support.browser import free_port, go, open_page, serving

pytestmark = pytest.mark.e2e
_SLOW = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 8_000_000}


@pytest.fixture(scope="module")
def blob() -> Iterator[BlobSimulator]:
    with blob_running() as started:
        yield started


@pytest.fixture(scope="module")
def remote_site(blob: BlobSimulator) -> Iterator[str]:
    """A site of its own, whose worker uses the store too."""
    folder = Path(tempfile.mkdtemp(prefix="ac-blob-site-", dir="/tmp"))
    folder.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_URL")}
    environment |= {
        "DATA_DIR": str(folder),
        "ASKCHOPPER_ENV": "development",
        "LOG_LEVEL": "WARNING",
        "RATE_LIMITS": "off",
        "BLOB_READ_WRITE_TOKEN": PRIVATE,
        "VERCEL_BLOB_API_URL": blob.url,
        "VERCEL_BLOB_DOWNLOAD_URL": blob.url,
    }
    try:
        site_data.copy_to(folder)
        with serving(free_port(), environment, folder / "server.log") as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def member(browser: Browser, remote_site: str, complaints: list[str]) -> Iterator[Page]:
    """A new member on their page of sounds."""
    context, page = open_page(browser, remote_site, complaints)
    form = {
        "email": f"sender{free_port()}@example.test",
        "display_name": "Sam Sender",
        "password": "three plain words",
    }
    assert page.request.post("/auth/register", form=form, headers={"Origin": remote_site}).ok
    go(page, "/gallery")
    yield page
    context.close()


def test_sounds_go_to_the_store_and_not_to_the_server(
    member: Page, remote_site: str, blob: BlobSimulator, tmp_path: Path
):
    sent: list[Request] = []
    member.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - Playwright cannot mark a builtin
    small, large = tmp_path / "kick.wav", tmp_path / "long.wav"
    small.write_bytes(os.urandom(50_000))
    large.write_bytes(os.urandom(20_000_000))
    choose(member, str(small), str(large))
    expect(row(member, "kick.wav")).to_contain_text("Uploaded")
    expect(row(member, "long.wav")).to_contain_text("Uploaded")
    ours = [request for request in sent if request.url.startswith(remote_site)]
    assert not [request.url for request in ours if request.method == "PUT"]
    assert all(len(request.post_data_buffer or b"") < 2_000 for request in ours)
    assert (len(blob.seen("mpu_upload")), len(blob.seen("copy"))) == (3, 2)


def test_pause_keeps_the_parts(member: Page, blob: BlobSimulator, tmp_path: Path):
    blob.reset()
    session = member.context.new_cdp_session(member)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _SLOW)
    (tmp_path / "slow.wav").write_bytes(os.urandom(20_000_000))
    choose(member, str(tmp_path / "slow.wav"))
    expect(row(member, "slow.wav")).to_contain_text("Uploading")
    member.wait_for_function("document.querySelector('[role=progressbar]').ariaValueNow >= 48")  # in the second part
    member.get_by_role("button", name="Pause slow.wav").click()
    expect(row(member, "slow.wav")).to_contain_text("Paused at")
    member.get_by_role("button", name="Resume slow.wav").click()
    expect(row(member, "slow.wav")).to_contain_text("Uploaded", timeout=30_000)
    assert len(blob.seen("mpu_create")) == 1
    assert [line["x-mpu-part-number"] for line in blob.seen("mpu_upload")].count("1") == 1


@pytest.mark.soak
def test_same_sound_is_refused_after_the_check(member: Page, complaints: list[str], tmp_path: Path):
    for name in ("first.wav", "second.wav"):
        (tmp_path / name).write_bytes(b"RIFF" + bytes(40_000))
    choose(member, str(tmp_path / "first.wav"))
    expect(row(member, "first.wav")).to_contain_text("Uploaded")
    choose(member, str(tmp_path / "second.wav"))
    expect(row(member, "second.wav")).to_contain_text("uploaded this sound before")
    member.get_by_role("button", name="Cancel second.wav").click()
    expect(row(member, "second.wav")).to_have_count(0)
