"""States of interactive reference cards."""

import json

import reflex as rx

from askchopper import routes
from askchopper.database import search_session
from askchopper.genres import GENRES
from askchopper.musical_key import ALL_KEYS, Mode, MusicalKey
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import SoundRow
from askchopper.services.knowledge.theory import harmony, key_answers, notes, questions, scales, tables, tempo
from askchopper.services.knowledge.theory.chords import Chord, chords_of
from askchopper.services.search import queries
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import Compatible, PackSort

ROWS = 6
KEYS: tuple[tuple[str, str, bool], ...] = tuple((key.camelot, key.name, key.mode is Mode.MAJOR) for key in ALL_KEYS)
TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
SCALE_NAMES = tuple(scales.SCALES)
GENRE_NAMES = tuple(GENRES.items())
TEMPI = tuple(sorted(((GENRES.get(slug, slug[:1].upper() + slug[1:]), slug if slug in GENRES else "", low, high) for slug, (low, high) in {**tables.GENRE_TEMPI, **tables.OTHER_TEMPI}.items()), key=lambda row: (row[2] + row[3], row[0])))  # fmt: skip
RANGES, LOUDNESS = tables.RANGES, tables.LOUDNESS
PITCHES = tuple(
    (name, tuple((midi, f"{notes.frequency_of(midi):.2f}") for midi in range(12 + place, 128, 12))) for place, name in enumerate(notes.SHARP_NAMES)
)  # fmt: skip
_FIRST_KEY, _MIDDLE_C = 48, 60
_BLACK = {1, 3, 6, 8, 10}


def midi_of_range(hertz: float) -> float:
    """Return the fractional MIDI number of a frequency in Hz, for the note player."""
    return round(notes.midi_of(hertz), 2)


def triad_of(key: MusicalKey) -> str:
    """Return the triad of a key as JSON, for the note player."""
    return _played([Chord(harmony.tonic_of(key), "" if key.mode is Mode.MAJOR else "m")])


class WheelState(rx.State):
    """The Camelot wheel: the chosen key and its compatible keys."""

    chosen: str = ""
    name: str = ""
    marks: dict[str, str] = {}
    fits: list[dict[str, str]] = []
    rows: list[SoundRow] = []
    href: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        if not self.chosen:
            await self._choose("8A")

    @rx.event
    @handler(Access.PUBLIC)
    async def choose(self, code: str) -> None:
        await self._choose(code)

    async def _choose(self, code: str) -> None:
        key = MusicalKey.parse(code[:12])
        if key is None:
            return
        near = harmony.neighbours(key)
        self.chosen, self.name = key.camelot, key.name
        self.marks = {one.key.camelot: "same" if one.key == key else "fits" for one in near}
        self.fits = [
            {"code": one.key.camelot, "name": one.key.name, "effect": one.effect, "play": triad_of(one.key)}
            for one in near
        ]  # fmt: skip
        self.href = routes.browse(key=key.name, compatible="strict", view="list")
        filters = Filters(key=key, compatible=Compatible.STRICT, sort=PackSort.POPULAR)
        async with search_session() as session:
            found = await queries.list_files(session, identity.viewer(), filters=filters, limit=ROWS)
        self.rows = [catalogue.sound_row(row) for row in found.items]


class TonicState(rx.State, mixin=True):
    """A card that is drawn for a chosen tonic."""

    tonic: str = "C"

    @rx.event
    @handler(Access.OPEN)
    async def load(self) -> None:
        self._show()

    @rx.event
    @handler(Access.OPEN)
    async def choose_tonic(self, tonic: str) -> None:
        if tonic in TONICS:
            self.tonic = tonic
            self._show()

    def _show(self) -> None:
        raise NotImplementedError


class ScaleState(TonicState, rx.State):
    """Scales and chords on a keyboard."""

    scale: str = "natural minor"
    title: str = ""
    character: str = ""
    notes_text: str = ""
    keys: list[dict[str, str]] = []
    chords: list[dict[str, str]] = []
    play: str = "[]"
    href: str = ""

    @rx.event
    @handler(Access.OPEN)
    async def choose_scale(self, scale: str) -> None:
        if scale in scales.SCALES:
            self.scale = scale
            self._show()

    def _show(self) -> None:
        scale, asked = scales.SCALES[self.scale], notes.parse_note(self.tonic)
        if asked is None:
            return
        tonic = scales.usual_tonic(asked, scale)
        spelled = scales.spell(tonic, scale)
        self.title, self.character = key_answers.scale_name(tonic, scale), scale.character
        self.notes_text = "  ".join(note.name for note in spelled)
        names = {note.pitch_class: note.name for note in spelled}
        self.keys = [_piano_key(midi, names, tonic.pitch_class) for midi in range(_FIRST_KEY, _FIRST_KEY + 25)]
        start = _MIDDLE_C + tonic.pitch_class - (12 if tonic.pitch_class > 7 else 0)
        self.play = json.dumps([[start + step] for step in (*scale.semitones, 12)])
        self.chords = [
            {"numeral": one.numeral, "symbol": one.chord.symbol, "notes": " ".join(note.name for note in one.chord.notes), "play": _played([one.chord])}
            for one in chords_of(tonic, scale)
        ]  # fmt: skip
        mode = "major" if 4 in scale.semitones else "minor"
        key = MusicalKey.parse(f"{tonic.name} {mode}")
        self.href = routes.browse(key=key.name, view="list") if key else routes.BROWSE


class ProgressionState(TonicState, rx.State):
    """Chord progressions of a genre in a key."""

    genre: str = "house"
    tonic: str = "A"
    found: list[dict[str, str]] = []
    href: str = ""

    @rx.event
    @handler(Access.OPEN)
    async def choose_genre(self, genre: str) -> None:
        if genre in GENRES:
            self.genre = genre
            self._show()

    def _show(self) -> None:
        key = MusicalKey.parse(f"{self.tonic} minor")
        if key is None:
            return
        self.found = []
        for one in harmony.progressions_for(self.genre):
            home = MusicalKey(key.tonic, one.mode)
            degrees = harmony.chords_in(one, home)
            self.found.append({
                "name": one.name, "key": home.name, "note": one.note, "numerals": "  ".join(degree.numeral for degree in degrees),
                "chords": "  ".join(degree.chord.symbol for degree in degrees), "play": _played([degree.chord for degree in degrees]),
            })  # fmt: skip
        self.href = routes.browse(genre=self.genre, q="chords", view="list")


class DelayState(rx.State):
    """Delay and reverb times of a tempo."""

    bpm: str = "120"
    problem: str = ""
    delays: list[dict[str, str]] = []
    reverbs: list[dict[str, str]] = []
    bars: str = ""

    @rx.event
    @handler(Access.OPEN)
    async def load(self) -> None:
        self._show("120")

    @rx.event
    @handler(Access.OPEN)
    async def set_tempo(self, text: str) -> None:
        self._show(text)

    def _show(self, text: str) -> None:
        bpm = _tempo(text)
        self.bpm, self.problem = (
            text[:10],
            "" if bpm else f"Enter a tempo between {tempo.LOWEST_BPM:g} and {tempo.HIGHEST_BPM:g} BPM.",
        )
        if bpm is None:
            return
        self.delays = [
            {"name": row.name, "plain": f"{row.plain_ms:g}", "dotted": f"{row.dotted_ms:g}", "triplet": f"{row.triplet_ms:g}"}
            for row in tempo.delay_rows(bpm)
        ]  # fmt: skip
        self.reverbs = [
            {"name": row.name, "pre": f"{row.pre_delay_ms:g}", "decay": f"{row.decay_ms / 1000:.2f}"} for row in tempo.reverb_rows(bpm)
        ]  # fmt: skip
        self.bars = f"A bar of 4/4 lasts {tempo.seconds_of_bars(1, bpm):.2f} seconds, eight bars {tempo.seconds_of_bars(8, bpm):.2f}."


class PitchState(rx.State):
    """Converts a tempo change to a pitch change and vice versa."""

    old: str = "140"
    new: str = "128"
    key: str = "A minor"
    problem: str = ""
    answer: str = ""
    steps: list[dict[str, str]] = []

    @rx.event
    @handler(Access.OPEN)
    async def load(self) -> None:
        self._show()

    @rx.event
    @handler(Access.OPEN)
    async def set_old(self, text: str) -> None:
        self.old = text[:10]
        self._show()

    @rx.event
    @handler(Access.OPEN)
    async def set_new(self, text: str) -> None:
        self.new = text[:10]
        self._show()

    @rx.event
    @handler(Access.OPEN)
    async def set_key(self, key: str) -> None:
        if MusicalKey.parse(key[:20]):
            self.key = key[:20]
            self._show()

    def _show(self) -> None:
        old, new = _tempo(self.old), _tempo(self.new)
        self.problem = (
            "" if old and new else f"Enter tempos between {tempo.LOWEST_BPM:g} and {tempo.HIGHEST_BPM:g} BPM."
        )
        if not (old and new):
            return
        found = questions.find(f"A loop in {self.key} from {old:g} to {new:g} BPM: what key is it in?")
        self.answer = found.answer if found else ""
        key = MusicalKey.parse(self.key)
        self.steps = [
            {"semitones": f"{step:+d}", "percent": f"{100 * (tempo.ratio_of(step) - 1):+.2f}", "bpm": f"{old * tempo.ratio_of(step):.2f}", "key": harmony.transposed(key, step).short if key else ""}
            for step in range(-6, 7)
        ]  # fmt: skip


class NoteState(rx.State):
    """Converts between notes, frequencies and MIDI numbers."""

    answer: str = ""

    @rx.event
    @handler(Access.OPEN)
    async def look_up(self, text: str) -> None:
        asked = text.strip()[:40]
        if not asked:
            self.answer = ""
            return
        plain = asked.lower().replace("hz", "").strip()
        question = f"midi note {plain.removeprefix('midi').strip()}" if "midi" in asked.lower() else f"{asked} Hz" if _is_number(plain) else f"frequency of {asked}"  # fmt: skip
        found = questions.find(question if "hz" not in asked.lower() else asked)
        self.answer = found.answer if found else "Enter a note such as A4, a frequency such as 440, or midi 69."


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _tempo(text: str) -> float | None:
    try:
        bpm = float(text[:10].replace(",", "."))
    except ValueError:
        return None
    return bpm if tempo.is_tempo(bpm) else None


def _played(chords: list[Chord]) -> str:
    """Return chords as a JSON list of lists of MIDI notes, roots near middle C, for the note player."""
    return json.dumps([[_root(chord) + step for step in chord.semitones] for chord in chords])


def _root(chord: Chord) -> int:
    pitch = chord.root.pitch_class
    return _MIDDLE_C + pitch - (12 if pitch > 6 else 0)


def _piano_key(midi: int, names: dict[int, str], tonic: int) -> dict[str, str]:
    pitch = midi % 12
    whites = sum(1 for other in range(_FIRST_KEY, midi) if other % 12 not in _BLACK)
    return {
        "midi": str(midi), "play": f"[[{midi}]]", "name": names.get(pitch, ""), "label": f"Play {names.get(pitch, notes.SHARP_NAMES[pitch])}{midi // 12 - 1}",
        "tone": "black" if pitch in _BLACK else "white", "mark": "root" if pitch == tonic else "in" if pitch in names else "",
        "left": f"{whites / 15 * 100:.3f}%",
    }  # fmt: skip
