import csv
import io
import resource
import zipfile
from pathlib import Path

import pytest

from askchopper import security, settings
from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services.purchases import checkout
from tests.support.clients import api_client
from tests.support.factories import MadePack, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


async def owner() -> tuple[Viewer, MadePack]:
    buyer, pack = await make_user(tokens=100), await make_pack(price=30, title="Velvet Café")
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=30, key="key")
    return buyer, pack


def stored(folder: str) -> list[Path]:
    return sorted((settings.get().data_dir / "files" / folder).iterdir())


async def test_previews_support_ranges(db):
    pack = await make_pack()
    path = f"/api/v1/files/{pack.file_ids[0]}/preview"
    async with api_client() as client:
        whole = await client.get(path)
        assert whole.headers["content-type"] == "audio/mpeg"
        assert whole.headers["accept-ranges"] == "bytes"
        assert whole.headers["cache-control"].startswith("public")
        size = len(whole.content)
        for wanted, part in (
            ("bytes=0-9", whole.content[:10]),
            ("bytes=100-", whole.content[100:]),
            ("bytes=-5", whole.content[-5:]),
        ):
            answer = await client.get(path, headers={"Range": wanted})
            assert (answer.status_code, answer.content) == (206, part)
            assert answer.headers["content-range"].endswith(f"/{size}")
        assert (await client.get(path, headers={"Range": f"bytes={size}-"})).status_code == 416
        head = await client.head(path)
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(size))
        same = await client.get(path, headers={"If-None-Match": whole.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        stale = await client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
        assert stale.status_code == 200
        fresh = await client.get(path, headers={"Range": "bytes=0-9", "If-Range": whole.headers["etag"]})
        assert fresh.status_code == 206


async def test_peaks_are_numbers(db):
    pack = await make_pack(preview_key="previews/x.mp3", preview_peaks=bytes(range(100)), preview_seconds=3.0)
    async with api_client() as client:
        peaks = (await client.get(f"/api/v1/files/{pack.file_ids[0]}/peaks")).json()["peaks"]
        assert len(peaks) == 800
        assert (await client.get(f"/api/v1/packs/{pack.slug}/peaks")).json()["peaks"] == list(range(100))
        assert (await client.get(f"/api/v1/packs/{pack.slug}/preview")).status_code == 404


async def test_covers_are_immutable_and_nothing_else_is_served(db):
    folder = settings.get().data_dir / "files" / "covers" / "abc"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "320.webp").write_bytes(b"RIFF")
    (folder / "secret.txt").write_bytes(b"x")
    async with api_client() as client:
        answer = await client.get("/media/covers/abc/320.webp")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        for path in (
            "abc/secret.txt",
            "abc/640.webp",
            "..%2f..%2fsecret_key/320.webp",
            "../../masters/x",
            "a%00b/320.webp",
        ):
            assert (await client.get(f"/media/covers/{path}")).status_code == 404


async def test_download_link_resumes(db):
    buyer, pack = await owner()
    async with api_client(buyer) as client:
        answer = await client.get(f"/api/v1/library/files/{pack.file_ids[0]}/download")
        assert answer.status_code == 303
        link = answer.headers["location"]
    async with api_client() as client:
        whole = await client.get(link)
        assert whole.headers["content-disposition"].startswith('attachment; filename="sound_01.wav"')
        assert whole.headers["cache-control"] == "private, no-store"
        part = await client.get(link, headers={"Range": "bytes=10-", "If-Range": whole.headers["etag"]})
        assert (part.status_code, part.content) == (206, whole.content[10:])
        assert (await client.head(link)).headers["content-length"] == str(len(whole.content))


async def test_forged_expired_or_revoked_links_are_rejected(db, as_owner):
    buyer, pack = await owner()
    payload = {"user": str(buyer.user_id), "file": pack.file_ids[0]}
    async with api_client(buyer) as client:
        link = (await client.get(f"/api/v1/library/files/{pack.file_ids[0]}/download")).headers["location"]
        for token in ("x", link.rpartition("/")[2][:-3] + "abc", security.sign(payload, purpose="reset")):
            assert (await client.get(f"/media/download/{token}")).status_code == 404
        as_owner("UPDATE purchases SET status = 'refunded', refunded_at = now()")
        assert (await client.get(link)).status_code == 404


async def test_file_that_is_not_owned_is_not_sent(db):
    _, pack = await owner()
    other, creator = await make_user(), pack.creator
    paths = (f"/api/v1/library/files/{pack.file_ids[0]}/download", f"/api/v1/library/{pack.slug}/zip")
    async with api_client() as anybody, api_client(other) as visitor, api_client(creator) as seller:
        for path in paths:
            assert (await anybody.get(path)).status_code == 401
            assert (await visitor.get(path)).status_code == 403
            assert (await seller.get(path)).status_code == 403


async def test_cross_site_download_is_rejected(db):
    buyer, pack = await owner()
    async with api_client(buyer) as client:
        for path in (f"/api/v1/library/files/{pack.file_ids[0]}/download", f"/api/v1/library/{pack.slug}/zip"):
            assert (await client.get(path, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403


async def test_zip_contains_sounds_licence_and_list(db):
    buyer, pack = await owner()
    async with api_client(buyer) as client:
        answer = await client.get(f"/api/v1/library/{pack.slug}/zip")
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="Velvet Cafe.zip"' in answer.headers["content-disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert archive.namelist() == [
        "Velvet Café/LICENSE.txt", "Velvet Café/contents.csv", "Velvet Café/sound_01.wav", "Velvet Café/sound_02.wav",
    ]  # fmt: skip
    assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
    rows = list(csv.reader(io.StringIO(archive.read("Velvet Café/contents.csv").decode("utf-8-sig"))))
    assert rows[1][:7] == ["sound_01.wav", "Sound 1", "loop", "120", "A minor", "", "7.500"]
    assert "Standard licence AC-" in archive.read("Velvet Café/LICENSE.txt").decode()


async def test_missing_or_short_sound_fails_zip_before_first_byte_and_keeps_refund(db, as_owner):
    buyer, pack = await owner()
    victim = settings.get().data_dir / "files" / as_owner("SELECT master_key FROM audio_files LIMIT 1")[0][0]
    async with api_client(buyer) as client:
        victim.write_bytes(b"short")
        assert (await client.get(f"/api/v1/library/{pack.slug}/zip")).status_code == 503
        victim.unlink()
        assert (await client.get(f"/api/v1/library/{pack.slug}/zip")).status_code == 503
    assert as_owner("SELECT count(*) FROM downloads") == [(0,)]


async def test_damaged_sound_aborts_zip(db, as_owner):
    buyer, pack = await owner()
    [(key, size)] = as_owner("SELECT master_key, size_bytes FROM audio_files ORDER BY position DESC LIMIT 1")
    (settings.get().data_dir / "files" / key).write_bytes(b"x" * size)
    async with api_client(buyer) as client:
        with pytest.raises(Exception):  # noqa: B017, PT011 - the server cuts the connection
            await client.get(f"/api/v1/library/{pack.slug}/zip")


async def test_large_zip_has_constant_memory(db, tmp_path):
    import hashlib
    import zlib

    content = b"\x01\x02" * 20_000_000
    digest = hashlib.sha256(content).hexdigest()
    (settings.get().data_dir / "files" / "masters").mkdir(parents=True, exist_ok=True)
    (settings.get().data_dir / "files" / f"masters/{digest}.wav").write_bytes(content)
    large = {
        "sha256": digest,
        "size_bytes": len(content),
        "crc32": zlib.crc32(content),
        "master_key": f"masters/{digest}.wav",
    }
    buyer = await make_user(tokens=10)
    pack = await make_pack(price=1, files=tuple(new_file(n, **large) for n in range(1, 4)))
    del content
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=1, key="key")
    from tests.support.clients import cookie_of, stream_app

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    received = await stream_app(f"/api/v1/library/{pack.slug}/zip", cookie=await cookie_of(buyer))
    growth_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert received > 120_000_000
    assert growth_kb < 32_000
