"""Runs the field cases of a folder and prints what was expected, what came, and whether that is right.

    python -m tools.field_cases FOLDER

The folder has ``manifest.json`` (files with their expectation in words), ``queries.tsv`` and ``names.tsv``. What is right is
decided here, by the name of the case; a case that this tool does not know counts as not checked.
"""

import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from askchopper.media import archive, pipeline
from askchopper.media.decode import file_name_hints, tags
from askchopper.media.pipeline import Analysis
from askchopper.musical_key import MusicalKey
from askchopper.schemas.search_filters import as_query
from askchopper.services.search import query_parser
from askchopper.services.spotify import parsing
from askchopper.services.studio.draft_views import title_of
from tools.field_readings import QUERIES, normal

_WIDTHS = (34, 52, 52)
_TONES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True)
class Outcome:
    """A case with what came; ``is_right`` is None where nothing is known about it."""

    case: str
    expected: str
    got: str
    is_right: bool | None


Check = Callable[[Path], tuple[str, bool]]


def run(folder: Path) -> list[Outcome]:
    """Run all cases of a folder."""
    manifest = json.loads((folder / "manifest.json").read_text())["cases"]
    files = [case for case in manifest if not case["name"].endswith(".tsv")]
    return [
        *(_file(folder, case) for case in files),
        *_names(folder / "names.tsv"),
        *_queries(folder / "queries.tsv"),
    ]


def _file(folder: Path, case: dict[str, str]) -> Outcome:
    check = _CHECKS.get(case["name"])
    if check is None:
        return Outcome(case["name"], case["expected"], "not checked", None)
    got, is_right = check(folder / case["name"])
    return Outcome(case["name"], case["expected"], got, is_right)


# --- Sounds ----------------------------------------------------------------------------------------------------------


def _sound(is_right: Callable[[Analysis, set[str]], bool]) -> Check:
    def check(path: Path) -> tuple[str, bool]:
        found = pipeline.analyse(path)
        return _facts(found), is_right(found, {finding.code for finding in found.findings})

    return check


def _facts(found: Analysis) -> str:
    reading = found.reading
    parts = [f"{found.facts.duration_seconds:.2f} s" if found.facts else "not decoded"]
    if reading:
        parts += [reading.kind.value, f"{reading.tempo.bpm:g} BPM" if reading.tempo else "no tempo"]
        parts += [reading.key.key.name if reading.key else "no key", f"note {_note(found)}", f"bars {reading.bars}"]
    return ", ".join([*parts, *sorted({finding.code for finding in found.findings} - {"lossy_format"})])


def _note(found: Analysis) -> str:
    note = found.reading.note if found.reading else None
    return "-" if note is None else _TONES[note.midi % 12]


def _lasts(found: Analysis, low: float, high: float) -> bool:
    return found.facts is not None and low <= found.facts.duration_seconds <= high


def _beats(found: Analysis, bpm: float) -> bool:
    return bool(found.reading and found.reading.tempo and abs(found.reading.tempo.bpm - bpm) < 0.1)


def _key(found: Analysis) -> str:
    return found.reading.key.key.name if found.reading and found.reading.key else ""


def _has_no_tempo(found: Analysis, codes: set[str]) -> bool:
    return found.reading is not None and found.reading.tempo is None and "loop_seam" not in codes


def _tagged(is_right: Callable[[tags.Hints], bool]) -> Check:
    def check(path: Path) -> tuple[str, bool]:
        with tempfile.TemporaryDirectory() as place:
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as packed:
                    path = Path(packed.extract(packed.namelist()[0], place))
            found = tags.read(path)
        return f"bpm {found.bpm}, key {found.key.name if found.key else None}, title {found.title}", is_right(found)

    return check


def _has_key(found: tags.Hints, key: str, bpm: float | None = None) -> bool:
    return found.key == MusicalKey.parse(key) and (bpm is None or found.bpm == bpm)


# --- Zips and Spotify ------------------------------------------------------------------------------------------------


def _zipped(*names: str) -> Check:
    def check(path: Path) -> tuple[str, bool]:
        with tempfile.TemporaryDirectory() as place:
            found = [sound.name for sound in archive.unpack(path, Path(place), ("wav",))]
        shown = [name.replace("\u2215", "/") for name in found]
        return ", ".join(shown), sorted(shown) == sorted(names)

    return check


def _without_item(path: Path) -> tuple[str, bool]:
    found = parsing.playback(json.loads(path.read_text()))
    return (
        f"{found.kind}, playing {found.is_playing}",
        found.is_playing and found.kind == "unknown" and found.item is None,
    )


def _local_file(path: Path) -> tuple[str, bool]:
    item = parsing.playback(json.loads(path.read_text())).item
    return f"{item and item.title}, heart {item and item.is_likeable}", item is not None and not item.is_likeable


def _queue(path: Path) -> tuple[str, bool]:
    rows = parsing.queue(json.loads(path.read_text()))
    return f"{len(rows)} row(s)", len(rows) <= 1


_PLAIN = {"truncated", "damaged", "bad_header", "partly_used"}
_CHECKS: dict[str, Check] = {
    "mp3_vbr_without_xing.mp3": _sound(lambda found, _: _lasts(found, 7.99, 8.11) and _beats(found, 120)),
    "mp3_xing_zero_frames.mp3": _sound(lambda found, _: _lasts(found, 7.68, 7.80) and _beats(found, 124)),
    "mp3_two_joined.mp3": _sound(lambda found, codes: _lasts(found, 15.7, 15.85) or "partly_used" in codes),
    "mp3_xing_counts_itself.mp3": _sound(lambda found, codes: "truncated" not in codes and _beats(found, 124) and _lasts(found, 7.74, 7.76)),
    "wav_sox_pipe_7ffff000.wav": _sound(lambda _, codes: not _PLAIN & codes),
    "wav_data_size_16_too_large.wav": _sound(lambda _, codes: not _PLAIN & codes),
    "wav_odd_list_without_pad.wav": _sound(lambda found, codes: _lasts(found, 1.874, 1.876) and _beats(found, 128) and "truncated" not in codes),
    "wav_acid_87.5bpm_root_F.wav": _sound(lambda found, _: _beats(found, 87.5) and found.tag_hints.tonic == 5 and found.tag_hints.beats == 4),
    "wav_id3_behind_8mb.zip": _tagged(lambda found: _has_key(found, "A minor", 124) and found.title == "Tag at the end"),
    "mp3_tkey_openkey_6m.mp3": _tagged(lambda found: _has_key(found, "G# minor")),
    "mp3_tkey_two_names.mp3": _tagged(lambda found: _has_key(found, "Eb minor", 124)),
    "m4a_initialkey_Am.m4a": _tagged(lambda found: _has_key(found, "A minor", 124)),
    "stab_loop_1.flac": _sound(lambda found, _: _key(found) == "Bb major"),
    "chord_hit_1.flac": _sound(lambda found, _: _key(found) == "G major"),
    "chord_hit_2.flac": _sound(lambda found, _: _key(found) == "A major"),
    "808_note_C.flac": _sound(lambda found, _: _note(found) == "C" or _key(found).startswith("C ")),
    "gong_no_pulse_14s.flac": _sound(_has_no_tempo),
    "sub_drop_no_pulse_10s.flac": _sound(_has_no_tempo),
    "rain_no_pulse_12s.ogg": _sound(_has_no_tempo),
    "break_from_26khz_sampler.flac": _sound(lambda _, codes: "was_lossy" not in codes),
    "waltz_3_4_four_bars_120.flac": _sound(lambda found, _: found.reading is not None and found.reading.bars in (None, 4)),
    "zip_names_in_shift_jis.zip": _zipped("キック_01.wav", "スネア_02.wav", "ソプラノ_90.wav", "表示.wav"),
    "zip_unicode_path_extra.zip": _zipped("キック01.wav"),
    "zip_slash_chords_from_finder.zip": _zipped("C/G chord.wav", "D/F# chord.wav"),
    "zip_same_names_in_folders.zip": _zipped("Kicks 01.wav", "Snares 01.wav", "Hats 01.wav"),
    "spotify_player_local_file.json": _local_file,
    "spotify_player_playing_without_item.json": _without_item,
    "spotify_queue_of_one_track.json": _queue,
}  # fmt: skip


# --- Texts -----------------------------------------------------------------------------------------------------------


def _rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text().splitlines()[1:]:
        yield line.split("\t")


def _names(path: Path) -> Iterator[Outcome]:
    for name, bpm, key, title, *_ in _rows(path):
        found = file_name_hints.parse(name)
        key_got = found.key.name if found.key else _TONES[found.tonic] if found.tonic is not None else "none"
        got = (f"{found.bpm:g}" if found.bpm else "none", key_got, title_of(name))
        is_right = (
            got[0] == bpm.replace("no tempo", "none")
            and normal(key_got) == normal(re.sub(r" \(tonic\)", "", key))
            and (title == "(none)" or got[2].lower() in [one.strip().lower() for one in title.split(" or ")])
        )
        yield Outcome(name, f"{bpm}, {key}, {title}", ", ".join(got), is_right)


def _queries(path: Path) -> Iterator[Outcome]:
    for query, expected, *_ in _rows(path):
        found = as_query(query_parser.parse(query).filters())
        got = "&".join(f"{name}={value}" for name, value in found.items())
        yield Outcome(query, expected, got, got in QUERIES[query] if query in QUERIES else None)


def main(words: list[str]) -> int:
    """Print the table; exit status 0 only if every case is right."""
    if len(words) != 1 or not (Path(words[0]) / "manifest.json").is_file():
        print("Usage: python -m tools.field_cases FOLDER", file=sys.stderr)
        return 2
    outcomes = run(Path(words[0]))
    for row in (("case", "expected", "got", "right?"), *((o.case, o.expected, o.got, _word(o)) for o in outcomes)):
        print(*(cell[:width].ljust(width) for cell, width in zip(row, _WIDTHS, strict=False)), row[-1])
    right = sum(outcome.is_right is True for outcome in outcomes)
    print(f"\n{right} of {len(outcomes)} right, {sum(o.is_right is None for o in outcomes)} not checked")
    return 0 if right == len(outcomes) else 1


def _word(outcome: Outcome) -> str:
    return {True: "yes", False: "NO", None: "?"}[outcome.is_right]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
