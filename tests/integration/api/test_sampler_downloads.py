"""Downloads of members who want note, tempo and key in their WAV files; the stored files stay as they are."""

import csv
import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from askchopper import settings
from askchopper.database import read_only, transaction
from askchopper.media import sampler_chunks
from askchopper.media.decode import loop_chunks
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.sampler_tags import SamplerTags
from askchopper.services import profiles
from askchopper.services.purchases import checkout
from askchopper.vocabulary import FileKind
from tests.support.clients import api_client
from tests.support.factories import MadePack, NewFile, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


def tagged(content: bytes, tags: SamplerTags) -> bytes:
    patch = sampler_chunks.plan(content, b"", len(content), tags)
    assert patch is not None
    return patch.apply(0, content) + patch.appended


def sound(frames: int, *, change: Callable[[bytes], bytes] = bytes, **values: object):
    out = io.BytesIO()
    soundfile.write(out, np.sin(np.arange(frames) / 20) * 0.5, 44_100, format="WAV", subtype="PCM_16")
    content = change(out.getvalue())
    digest = hashlib.sha256(content + str(values).encode()).hexdigest()
    path = settings.get().data_dir / "files" / f"masters/{digest}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    stored = {
        "sha256": digest,
        "size_bytes": len(content),
        "crc32": zlib.crc32(content),
        "master_key": f"masters/{digest}.wav",
    }
    return new_file(**{**stored, "duration_seconds": frames / 44_100, "channels": 1, **values})


async def owned(*, is_on: bool = True) -> tuple[Viewer, MadePack]:
    kick = sound(
        22_050,
        title="Kick",
        kind=FileKind.ONE_SHOT,
        bpm=None,
        key=None,
        note=30,
        note_cents=8.0,
        download_name="kick.wav",
    )
    loop = sound(88_200, title="Loop", download_name="loop.wav")  # 2 s at 120 BPM are four beats
    odd = sound(90_000, title="Odd", download_name="odd.wav")
    return await bought(kick, loop, odd, is_on=is_on)


async def bought(*files: NewFile, is_on: bool = True) -> tuple[Viewer, MadePack]:
    buyer, pack = await make_user(tokens=100), await make_pack(files=files, title="Deep")
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=30, key="key")
        await profiles.set_sampler_tags(session, buyer, is_on=is_on)
    return buyer, pack


async def test_one_shot_has_its_root_in_every_range(db):
    buyer, pack = await owned()
    async with api_client(buyer) as client:
        link = (await client.get(f"/api/v1/library/files/{pack.file_ids[0]}/download")).headers["location"]
        whole = await client.get(link)
        assert whole.headers["content-disposition"].startswith('attachment; filename="kick_Fs1.wav"')
        size, tag = len(whole.content), whole.headers["etag"]
        assert int(whole.headers["content-length"]) == size
        assert loop_chunks.read(whole.content).tonic == 6
        place = whole.content.index(b"smpl")
        assert struct.unpack("<9I", whole.content[place + 8 : place + 44])[3] == 30
        assert soundfile.info(io.BytesIO(whole.content)).frames == 22_050
        for first, last in ((0, 9), (2, 6), (40, size - 20), (size - 30, size - 1), (place - 3, place + 12)):
            part = await client.get(link, headers={"Range": f"bytes={first}-{last}", "If-Range": tag})
            assert (part.status_code, part.content) == (206, whole.content[first : last + 1])
            assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        head = await client.head(link)
        assert (head.headers["content-length"], head.headers["etag"]) == (str(size), tag)
        async with transaction() as session:
            await profiles.set_sampler_tags(session, buyer, is_on=False)
        plain = await client.get(link, headers={"Range": "bytes=10-", "If-Range": tag})
        assert plain.status_code == 200  # another file now, so a resumed download begins again
        assert len(plain.content) < size
        assert plain.headers["content-disposition"].startswith('attachment; filename="kick.wav"')


async def test_resuming_by_date_after_the_switch_changed_begins_again(db):
    buyer, pack = await owned()
    async with api_client(buyer) as client:
        link = (await client.get(f"/api/v1/library/files/{pack.file_ids[0]}/download")).headers["location"]
        tagged = await client.get(link)
        assert "last-modified" not in tagged.headers  # the stored file has this date too
        async with transaction() as session:
            await profiles.set_sampler_tags(session, buyer, is_on=False)
        date = (await client.get(link)).headers["last-modified"]
        async with transaction() as session:
            await profiles.set_sampler_tags(session, buyer, is_on=True)
        again = await client.get(link, headers={"Range": "bytes=10-", "If-Range": date})
        assert (again.status_code, again.content) == (200, tagged.content)


async def test_files_that_cannot_or_need_not_be_changed_keep_name_and_checksum(db):
    plain = sound(4_410, title="Plain", kind=FileKind.ONE_SHOT, bpm=None, key=None, note=30, download_name="plain.wav")
    tags = SamplerTags(note=30)
    rest = [
        {"note_cents": 0.0, "change": lambda content: content + b"\0"},
        {"change": lambda content: tagged(content, tags)},
    ]
    files = [
        sound(
            4_410, title=f"Kick {number}", kind=FileKind.ONE_SHOT, bpm=None, key=None, note=30,
            download_name=f"kick{number}.wav", **values,
        )
        for number, values in enumerate(rest)
    ]  # fmt: skip
    buyer, pack = await bought(plain, *files)
    async with api_client(buyer) as client:
        answer = await client.get(f"/api/v1/library/{pack.slug}/zip")
        names = []
        for file_id in pack.file_ids:
            link = (await client.get(f"/api/v1/library/files/{file_id}/download")).headers["location"]
            names.append((await client.get(link)).headers["content-disposition"].split('"')[1])
    assert names == ["plain_Fs1.wav", "kick0.wav", "kick1.wav"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert [name.partition("/")[2] for name in archive.namelist()[2:]] == names
    rows = list(csv.DictReader(io.StringIO(archive.read("Deep/contents.csv").decode("utf-8-sig"))))
    assert [(row["File"], row["SHA-256"]) for row in rows] == [
        (names[0], ""), (names[1], files[0].sha256), (names[2], files[1].sha256),
    ]  # fmt: skip


async def test_zip_has_tagged_files_and_says_the_note(db):
    buyer, pack = await owned()
    async with api_client(buyer) as client:
        answer = await client.get(f"/api/v1/library/{pack.slug}/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert [name.partition("/")[2] for name in archive.namelist()[2:]] == ["kick_Fs1.wav", "loop.wav", "odd.wav"]
    kick, loop, odd = (archive.read(name) for name in archive.namelist()[2:])
    assert loop_chunks.read(kick).tonic == 6
    stated = loop_chunks.read(loop)
    assert (stated.bpm, stated.beats, stated.tonic) == (120.0, 4, 9)
    assert loop_chunks.read(odd).bpm is None  # no whole number of beats
    assert [soundfile.info(io.BytesIO(one)).frames for one in (kick, loop, odd)] == [22_050, 88_200, 90_000]
    rows = list(csv.DictReader(io.StringIO(archive.read("Deep/contents.csv").decode("utf-8-sig"))))
    assert [row["Root note"] for row in rows] == ["F#1", "", ""]
    assert [bool(row["SHA-256"]) for row in rows] == [False, False, True]


async def test_files_are_as_stored_without_the_setting(db):
    buyer, pack = await owned(is_on=False)
    async with read_only() as session:
        assert not await profiles.has_sampler_tags(session, buyer)
    async with api_client(buyer) as client:
        archive = zipfile.ZipFile(io.BytesIO((await client.get(f"/api/v1/library/{pack.slug}/zip")).content))
    rows = list(csv.DictReader(io.StringIO(archive.read("Deep/contents.csv").decode("utf-8-sig"))))
    for row in rows:
        assert loop_chunks.read(archive.read(f"Deep/{row['File']}")).tonic is None
        assert row["SHA-256"]
