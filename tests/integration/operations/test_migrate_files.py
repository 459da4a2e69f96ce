"""``migrate-files``: between the data folder and Vercel Blob and back, verified, resumable after a kill, nothing deleted unasked."""

import asyncio
import hashlib
import os
import signal
from contextlib import aclosing
from pathlib import Path

import pytest

from askchopper.backup import store_copy
from askchopper.backup.store_copy import JOURNAL, journal
from askchopper.integrations.blob_store import BlobStore
from askchopper.integrations.blob_store.local_disk import LocalDiskStore
from tests.simulators.vercel_blob.client import PRIVATE, PUBLIC, BlobSimulator
from tests.support import command_line

pytestmark = pytest.mark.integration
LARGE = os.urandom(9_000_001)  # more than one part
FILES = {
    "packs/a/master.wav": LARGE,
    "previews/a/p.mp3": b"preview",
    "covers/c/320.webp": b"cover",
    "uploads/u/one.wav": b"upload",
}
TOTAL = sum(len(content) for content in FILES.values())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for key, content in FILES.items():
        place(tmp_path, key, content)
    return tmp_path


def place(folder: Path, key: str, content: bytes) -> Path:
    path = folder / "files" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def local_files(folder: Path) -> dict[str, bytes]:
    """Return the stored files; the parts of a failed run are deleted by the next one."""
    root = folder / "files"
    paths = [path for path in root.rglob("*") if path.is_file() and path.parent.name != "incoming"]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


async def remote_files(blobs: BlobSimulator, folder: Path) -> dict[str, bytes]:
    files = blobs.open(folder / "reader")
    try:
        return {stored.key: await content_of(files, stored.key) async for stored in files.list_files()}
    finally:
        await files.aclose()


async def content_of(files: BlobStore, key: str) -> bytes:
    async with aclosing(files.read(key)) as pieces:
        return b"".join([piece async for piece in pieces])


def given(folder: Path, blobs: BlobSimulator) -> dict[str, str]:
    """Return the environment of the command."""
    return {
        "DATA_DIR": str(folder), "BLOB_READ_WRITE_TOKEN": PRIVATE, "BLOB_PUBLIC_READ_WRITE_TOKEN": PUBLIC,
        "VERCEL_BLOB_API_URL": blobs.url, "VERCEL_BLOB_DOWNLOAD_URL": blobs.url,
    }  # fmt: skip


async def run(folder: Path, blobs: BlobSimulator, *words: str, **variables: str) -> tuple[int, str]:
    """Run the command; returns its exit status and the sentences that it printed."""
    done = command_line.run("migrate-files", *words, **{**given(folder, blobs), **variables})
    lines = (done.stdout + done.stderr).splitlines()
    return done.returncode, "\n".join(line for line in lines if not line.startswith("{"))  # without the log


async def test_to_blob_and_back(folder: Path, blob_simulator: BlobSimulator, tmp_path: Path):
    everything = f"4 files with {TOTAL:,} bytes"
    dry = await run(folder, blob_simulator, "--to", "blob", "--dry-run")
    assert dry == (0, f"{everything} would be copied; 0 files with 0 bytes already there.")
    assert await remote_files(blob_simulator, tmp_path) == {}
    done = await run(folder, blob_simulator, "--to", "blob")
    assert done == (
        0,
        f"{everything} copied and verified; 0 files with 0 bytes already there. Nothing was deleted.",
    )
    assert await remote_files(blob_simulator, tmp_path) == FILES == local_files(folder)
    accesses = {
        request["path"].rpartition("=")[2]: request["x-vercel-blob-access"] for request in blob_simulator.seen("put")
    }
    assert accesses["covers%2Fc%2F320.webp"] == "public"

    asked = await run(folder, blob_simulator, "--to", "blob", "--delete-source")
    assert (asked[0], local_files(folder)) == (1, FILES)
    assert asked[1].startswith(f"This deletes {everything} in {folder / 'files'}.\nNothing was deleted.")
    deleted = await run(folder, blob_simulator, "--to", "blob", "--delete-source", "--yes")
    assert deleted == (0, f"{everything} deleted at the source.")
    assert local_files(folder) == {}
    back = await run(folder, blob_simulator, "--to", "local")
    assert (back[0], local_files(folder)) == (0, FILES)
    assert await remote_files(blob_simulator, tmp_path) == FILES
    assert (await run(folder, blob_simulator, "--to", "blob"))[0] == 0
    assert (await run(folder, blob_simulator, "--to", "blob", "--delete-source", "--yes"))[0] == 0
    again = await run(
        folder, blob_simulator, "--to", "local"
    )  # what was deleted as a source is no longer known as copied
    assert (again[0], local_files(folder)) == (0, FILES)


async def test_killed_run_continues(folder: Path, blob_simulator: BlobSimulator, tmp_path: Path):
    for number in range(60):
        place(folder, f"packs/p{number}/m.wav", os.urandom(100_000))
    before = local_files(folder)
    command = command_line.start("migrate-files", "--to", "blob", **given(folder, blob_simulator))
    lines = folder / JOURNAL
    async with asyncio.timeout(60):
        while not lines.exists() or len(lines.read_text().splitlines()) < 8:  # noqa: ASYNC110 - what is watched is in another process
            await asyncio.sleep(0.002)
    command.kill()
    assert command.ended().returncode == -signal.SIGKILL
    verified = len(lines.read_text().splitlines()) - 1
    assert 7 <= verified < len(before)
    with lines.open("a") as torn:
        torn.write('\n{"to": "blob priv1", "key": "packs/p1/m.w')
    sent = len(blob_simulator.seen("put"))
    status, printed = await run(folder, blob_simulator, "--to", "blob")
    assert (status, f"; {verified} files with" in printed) == (0, True), printed
    assert await remote_files(blob_simulator, tmp_path) == before == local_files(folder)
    assert list((folder / "files" / "incoming").iterdir()) == []
    assert len(blob_simulator.seen("put")) - sent <= len(before) - verified
    reads = len(blob_simulator.seen("read"))
    status, printed = await run(folder, blob_simulator, "--to", "blob")
    assert (status, printed.startswith("0 files with 0 bytes copied")) == (0, True)
    assert len(blob_simulator.seen("read")) == reads  # what was verified is not read again


async def test_wrong_content_at_the_target_is_replaced(folder: Path, blob_simulator: BlobSimulator, tmp_path: Path):
    files = blob_simulator.open(tmp_path / "writer")
    await files.put("packs/a/master.wav", bytes(len(LARGE)))  # the same size
    await files.put("uploads/u/one.wav", b"upload")
    before = len(blob_simulator.seen("put"))
    assert (await run(folder, blob_simulator, "--to", "blob"))[0] == 0
    assert await remote_files(blob_simulator, tmp_path) == FILES
    assert len(blob_simulator.seen("put")) - before == 2  # preview and cover; the equal file was only verified
    await files.put("covers/c/320.webp", b"other")  # after it was verified
    await files.delete("previews/a/p.mp3")
    outdated = "2 files with 12 bytes deleted or changed at the target since the copy"
    status, printed = await run(folder, blob_simulator, "--to", "blob")
    assert (status, outdated in printed, "0 files with 0 bytes copied" in printed) == (0, True, True), printed
    there = await remote_files(blob_simulator, tmp_path)
    assert (there["covers/c/320.webp"], "previews/a/p.mp3" in there) == (b"other", False)
    status, printed = await run(folder, blob_simulator, "--to", "blob", "--delete-source", "--yes")
    assert (status, outdated in printed) == (0, True), printed
    assert set(local_files(folder)) == {"covers/c/320.webp", "previews/a/p.mp3"}
    await files.aclose()


async def test_one_key_is_copied_on_purpose(folder: Path, blob_simulator: BlobSimulator, tmp_path: Path):
    await run(folder, blob_simulator, "--to", "blob")
    files = blob_simulator.open(tmp_path / "writer")
    for key in FILES:
        await files.put(key, b"damaged")
    await files.aclose()
    status, printed = await run(folder, blob_simulator, "--to", "blob", "--key", "uploads/u/one.wav")
    assert (status, printed.startswith("1 file with 6 bytes copied")) == (0, True), printed
    there = await remote_files(blob_simulator, tmp_path)
    assert [key for key, content in there.items() if content != b"damaged"] == ["uploads/u/one.wav"]
    absent = await run(folder, blob_simulator, "--to", "blob", "--key", "uploads/u/two.wav")
    assert absent == (1, f"{folder / 'files'} has no file uploads/u/two.wav.")
    refused = await run(folder, blob_simulator, "--to", "blob", "--key", "uploads/u/one.wav", "--delete-source")
    assert (refused[0], local_files(folder)) == (1, FILES)


async def test_public_store_that_came_later_gets_its_files(folder: Path, blob_simulator: BlobSimulator, tmp_path: Path):
    assert (await run(folder, blob_simulator, "--to", "blob", BLOB_PUBLIC_READ_WRITE_TOKEN=""))[0] == 0
    early = await run(folder, blob_simulator, "--to", "blob", "--delete-source", "--yes")
    assert (early[0], "2 files with 12 bytes not verified yet" in early[1], local_files(folder)) == (
        1,
        True,
        FILES,
    )
    status, printed = await run(folder, blob_simulator, "--to", "blob")
    assert (status, printed.startswith("2 files with 12 bytes copied")) == (0, True), printed
    assert (await run(folder, blob_simulator, "--to", "blob", "--delete-source", "--yes"))[0] == 0
    assert await remote_files(blob_simulator, tmp_path) == FILES
    status, printed = await run(folder, blob_simulator, "--to", "local")
    assert (status, printed.startswith("4 files with"), local_files(folder)) == (0, True, FILES), printed


async def test_file_that_changes_while_others_are_deleted_stays(
    folder: Path, blob_simulator: BlobSimulator, tmp_path: Path
):
    await run(folder, blob_simulator, "--to", "blob")
    target, source = blob_simulator.open(tmp_path / "writer"), LocalDiskStore(folder / "files")
    with journal(folder) as known:
        done = (await store_copy.plan(source, target, known)).done
        await target.delete("previews/a/p.mp3")
        await source.put("uploads/u/one.wav", b"newer")
        deleted = await store_copy.delete(source, target, done, known)
    await target.aclose()
    assert {stored.key for stored in deleted} == {"packs/a/master.wav", "covers/c/320.webp"}
    assert set(local_files(folder)) == {"previews/a/p.mp3", "uploads/u/one.wav"}


async def test_store_of_the_site_is_not_emptied(folder: Path, blob_simulator: BlobSimulator, tmp_path: Path):
    await run(folder, blob_simulator, "--to", "blob")
    await run(folder, blob_simulator, "--to", "local")
    status, printed = await run(folder, blob_simulator, "--to", "local", "--delete-source", "--yes")
    assert (status, "the site works with Vercel Blob; nothing was deleted" in printed) == (1, True), printed
    assert await remote_files(blob_simulator, tmp_path) == FILES


async def test_file_cut_off_on_its_way_stops_the_run(folder: Path, blob_simulator: BlobSimulator):
    blob_simulator.fail("put", "lossy", times=100)
    status, printed = await run(folder, blob_simulator, "--to", "blob")
    assert (status, local_files(folder)) == (1, FILES)
    assert "did not reach our storage whole" in printed
    assert hashlib.sha256(b"cover").hexdigest() not in (folder / JOURNAL).read_text()


@pytest.mark.parametrize(
    ("words", "variables", "status", "sentence"),
    [
        (("--to", "blob"), {"BLOB_READ_WRITE_TOKEN": ""}, 1, "Set BLOB_READ_WRITE_TOKEN"),
        (("--to", "blob"), {"BLOB_READ_WRITE_TOKEN": "secret"}, 1, "looks like vercel_blob_rw_"),
        (("--to", "blob"), {"BLOB_READ_WRITE_TOKEN": "vercel_blob_rw_priv1_wrong"}, 1, "refuses BLOB_READ_WRITE_TOKEN"),
        (("--to", "blob"), {"VERCEL_BLOB_API_URL": "http://127.0.0.1:1"}, 1, "Vercel Blob does not answer"),
        (("--to", "local"), {}, 1, "The source holds no files"),
        (("--to", "tape"), {}, 2, "tape"),
        ((), {}, 2, "--to"),
    ],
    ids=["no token", "malformed token", "refused token", "no answer", "empty source", "unknown store", "no store"],
)
async def test_wrong_settings_are_one_sentence(
    folder: Path, blob_simulator: BlobSimulator, words: tuple[str, ...], variables: dict[str, str], status: int, sentence: str
):  # fmt: skip
    found, printed = await run(folder, blob_simulator, *words, **variables)
    assert (found, sentence in printed, local_files(folder)) == (status, True, FILES), printed
    assert status == 2 or len(printed.splitlines()) == 1


async def test_two_runs_at_once_are_refused(folder: Path, blob_simulator: BlobSimulator):
    with journal(folder):
        refused = await run(folder, blob_simulator, "--to", "blob")
    assert refused == (1, "Another migrate-files runs on this data folder.")


async def test_names_that_are_no_keys_are_named(folder: Path, blob_simulator: BlobSimulator, tmp_path: Path):
    place(folder, "packs/.DS_Store", b"x")
    status, printed = await run(folder, blob_simulator, "--to", "blob")
    assert (status, "Left out, because its name is not a valid key: packs/.DS_Store" in printed) == (0, True)
    assert await remote_files(blob_simulator, tmp_path) == FILES
