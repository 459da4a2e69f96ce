"""Generated layouts of every accepted format: the decoded length is right within one frame, or a finding says what is wrong."""

import io
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile as sf
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from askchopper.media.decode import decoder
from askchopper.media.decode.containers import detection
from askchopper.media.decode.decoder import UndecodableError
from askchopper.media.previews import encoding
from askchopper.media.quality import findings
from tests.support.soak import scaled
from tests.unit.media import sounds

FRAMES = 6_000
MP3_FRAME = 1_152
MP3_PADDING = 3 * MP3_FRAME  # delay of encoder and decoder, and the last frame filled up
# The same examples in every run: a failure is a bug, never luck.
bounded = settings(
    derandomize=True,
    max_examples=scaled(80, 30),
    deadline=2_000,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def tone() -> sounds.Samples:
    axis = np.arange(FRAMES) / sounds.RATE_HZ
    return (0.5 * np.sin(2 * np.pi * 440 * axis)).astype(np.float32)[:, None]


PCM = (tone() * 32_767).astype("<i2").tobytes()


def encoded(container: str, subtype: str) -> bytes:
    buffer = io.BytesIO()
    sf.write(buffer, tone(), sounds.RATE_HZ, format=container, subtype=subtype)
    return buffer.getvalue()


def m4a(*, is_fast: bool) -> bytes:
    options = {"movflags": "faststart"} if is_fast else {}
    with tempfile.NamedTemporaryFile(suffix=".m4a") as file:
        with av.open(file.name, "w", format="mp4", options=options) as container:
            stream = container.add_stream("aac", rate=sounds.RATE_HZ)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(tone().T), format="fltp", layout="mono")
            frame.sample_rate = sounds.RATE_HZ
            for packet in (*stream.encode(frame), *stream.encode(None)):
                container.mux(packet)
        return Path(file.name).read_bytes()


FLAC, VORBIS = encoded("FLAC", "PCM_16"), encoded("OGG", "VORBIS")
MP3 = encoding.encode_preview(tone(), sounds.RATE_HZ)
M4A = {is_fast: m4a(is_fast=is_fast) for is_fast in (False, True)}


def opened(path: Path, content: bytes) -> tuple[int | None, set[str]]:
    """Open a file as the pipeline does; returns the decoded frames and the findings of the container."""
    path.write_bytes(content)
    structure = detection.detect(content)
    try:
        recording = decoder.read(path, structure)
    except UndecodableError:
        return None, {"not_audio", *structure.faults}
    return recording.samples.shape[0], {found.code for found in findings.of_container(structure, recording)}


def is_said_or_right(path: Path, content: bytes, frames: int, slack: int = 1) -> bool:
    decoded, codes = opened(path, content)
    return bool(codes) or (decoded is not None and abs(decoded - frames) <= slack)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sound"


identifiers = st.sampled_from(
    [b"LIST", b"bext", b"JUNK", b"acid", b"smpl", b"cue ", b"iXML", b"fact", b"PEAK", b"zzzz", b"MARK", b"\0\0\0\1"]
)
extra_chunks = st.lists(st.tuples(identifiers, st.binary(max_size=41), st.booleans()), max_size=4)
wrong_sizes: st.SearchStrategy[Callable[[int], int]] = st.sampled_from([
    lambda size: size, lambda size: size, lambda size: size, lambda size: size + 16, lambda size: size + 100_000, lambda size: size // 2,
    lambda size: size - 2, lambda size: 0, lambda size: 0x7FFF_F000, lambda size: 0x8000_0000, lambda size: 0xFFFF_FFFF,
])  # fmt: skip


def chunk(name: bytes, body: bytes, *, order: str, is_padded: bool = True, size: int | None = None) -> bytes:
    return (
        name + struct.pack(f"{order}I", len(body) if size is None else size) + body + bytes(len(body) % 2 * is_padded)
    )


def form(magic: bytes, kind: bytes, body: bytes, order: str, outer: Callable[[int], int]) -> bytes:
    return magic + struct.pack(f"{order}I", outer(len(body) + 4) & 0xFFFF_FFFF) + kind + body


@bounded
@given(before=extra_chunks, between=extra_chunks, after=extra_chunks, size=wrong_sizes, outer=wrong_sizes)
@example(before=[], between=[(b"acid", b"", True)], after=[], size=int, outer=int)
def test_wav(path: Path, before, between, after, size, outer):
    if size(len(PCM)) > len(PCM):
        after = []  # chunks that the size takes in cannot be told from more sound
    layout = struct.pack("<HHIIHH", 1, 1, sounds.RATE_HZ, 2 * sounds.RATE_HZ, 2, 16)
    parts = [chunk(name, body, order="<", is_padded=padded) for name, body, padded in before]
    parts.append(chunk(b"fmt ", layout, order="<"))
    parts += [chunk(name, body, order="<", is_padded=padded) for name, body, padded in between]
    parts.append(chunk(b"data", PCM, order="<", size=size(len(PCM)) & 0xFFFF_FFFF))
    parts += [chunk(name, body, order="<", is_padded=padded) for name, body, padded in after]
    assert is_said_or_right(path, form(b"RIFF", b"WAVE", b"".join(parts), "<", outer), FRAMES)


@bounded
@given(
    before=extra_chunks,
    between=extra_chunks,
    after=extra_chunks,
    size=wrong_sizes,
    outer=wrong_sizes,
    is_common_first=st.booleans(),
)
def test_aiff(path: Path, before, between, after, size, outer, is_common_first: bool):
    rate = struct.pack(">HQ", 16_398, sounds.RATE_HZ << 48)  # 80-bit float
    common = chunk(b"COMM", struct.pack(">hIh", 1, FRAMES, 16) + rate, order=">")
    body = bytes(8) + np.frombuffer(PCM, "<i2").astype(">i2").tobytes()
    sound = chunk(b"SSND", body, order=">", size=size(len(body)) & 0xFFFF_FFFF)
    first, second = (common, sound) if is_common_first else (sound, common)
    extra = [
        b"".join(chunk(name, inner, order=">", is_padded=padded) for name, inner, padded in group)
        for group in (before, between, after)
    ]
    content = extra[0] + first + extra[1] + second + extra[2]
    assert is_said_or_right(path, form(b"FORM", b"AIFF", content, ">", outer), FRAMES)


@bounded
@given(
    blocks=st.lists(st.tuples(st.sampled_from([1, 2, 4, 6, 9, 126]), st.binary(max_size=60)), max_size=4),
    total=st.sampled_from([FRAMES, 0, FRAMES // 2, FRAMES * 2, 2**36 - 1]),
    tag=st.sampled_from([b"", b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)]),
    tail=st.sampled_from([b"", b"TAG" + bytes(125), FLAC]),
)
def test_flac(path: Path, blocks, total: int, tag: bytes, tail: bytes):
    head = bytearray(FLAC[:42])
    number = int.from_bytes(head[18:26], "big") >> 36 << 36 | total
    head[18:26] = number.to_bytes(8, "big")
    head[4] &= 0x7F
    end, is_last = 42, False
    position = 42
    while not FLAC[4] & 0x80 and not is_last:
        is_last = bool(FLAC[position] & 0x80)
        end = position = position + 4 + int.from_bytes(FLAC[position + 1 : position + 4], "big")
    inner = b"".join(bytes([kind]) + len(body).to_bytes(3, "big") + body for kind, body in blocks)
    padding = b"\x81" + (8).to_bytes(3, "big") + bytes(8)
    content = tag + bytes(head) + inner + padding + FLAC[end:] + tail
    assert is_said_or_right(path, content, FRAMES * (2 if tail == FLAC else 1))


@bounded
@given(
    head=st.sampled_from([b"", b"ID3\x03\x00\x00\x00\x00\x01\x00" + bytes(128), bytes(37), b"TAG" + bytes(125)]),
    count=st.sampled_from([None, 0, 1, 3, 5_000]),
    copies=st.integers(1, 3),
    between=st.sampled_from([b"", b"TAG" + bytes(125), b"APETAGEX" + bytes(24), bytes(11)]),
    tail=st.sampled_from([b"", b"TAG" + bytes(125), bytes(500)]),
)
def test_mp3(path: Path, head: bytes, count: int | None, copies: int, between: bytes, tail: bytes):
    one = MP3
    at = max(one.find(b"Xing"), one.find(b"Info")) + 8
    if count is not None and at > 8:
        one = one[:at] + count.to_bytes(4, "big") + one[at + 4 :]
    content = head + between.join([one] * copies) + tail
    assert is_said_or_right(path, content, FRAMES * copies, slack=MP3_PADDING * copies)


@bounded
@given(
    copies=st.integers(1, 3),
    tail=st.binary(max_size=30),
    cut=st.sampled_from([0, 0, 0, 20, 500]),
    gap=st.sampled_from([b"", bytes(9)]),
)
def test_ogg(path: Path, copies: int, tail: bytes, cut: int, gap: bytes):
    content = gap.join([VORBIS] * copies)
    content = content[: len(content) - cut] + tail
    assert is_said_or_right(path, content, FRAMES * copies)


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


@bounded
@given(
    is_fast=st.booleans(),
    behind=st.lists(
        st.tuples(st.sampled_from([b"free", b"skip", b"uuid", b"zzzz"]), st.binary(max_size=40)), max_size=3
    ),
    tail=st.binary(max_size=12),
    cut=st.sampled_from([0, 0, 0, 40, 900]),
)
def test_m4a(path: Path, is_fast: bool, behind, tail: bytes, cut: int):
    content = M4A[is_fast][: len(M4A[is_fast]) - cut]
    content += b"".join(box(name, body) for name, body in behind) + tail
    assert is_said_or_right(path, content, FRAMES, slack=1_024)


@bounded
@given(st.sampled_from([FLAC, VORBIS, MP3, M4A[True], encoded("WAV", "PCM_16"), encoded("AIFF", "PCM_24")]), st.data())
def test_damage_ends_in_a_result(path: Path, content: bytes, data: st.DataObject):
    at, length = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 400))
    opened(path, content[:at] + data.draw(st.binary(max_size=40)) + content[at + length :])
