"""Numeric answers: tuning, delay times, lengths in bars, pitch and tempo, intervals."""

import re

from askchopper.musical_key import Mode, MusicalKey
from askchopper.plurals import counted, noun
from askchopper.schemas.theory import TheoryAnswer
from askchopper.services.knowledge.theory import harmony, notes, reading, tempo
from askchopper.services.knowledge.theory.reading import NUMBER

NO_TEMPO = f"A tempo is a number between {tempo.LOWEST_BPM:g} and {tempo.HIGHEST_BPM:g} BPM."
_HZ = re.compile(rf"({NUMBER})\s*(k?hz)\b", re.IGNORECASE)
_PITCH = re.compile(rf"(?<![\w#])({notes.NOTE})\s?(-1|[0-9])(?![\w.])", re.IGNORECASE)
_ASKS_PITCH = re.compile(r"\b(?:hz|hertz|frequency|midi|pitch|tuned?|note)\b", re.IGNORECASE)
_ASKS_NOTE = re.compile(r"\b(?:note|pitch|midi)\b", re.IGNORECASE)
_MIDI = re.compile(r"\bmidi(?:\s+(?:note|number|no\.?))*\s+(\d{1,3})\b|\b(\d{1,3})\s+(?:in|as)\s+midi\b", re.IGNORECASE)
_DELAY = re.compile(r"\b(?:delay|echo|pre-?delay|reverb|decay|milliseconds?|ms|dotted|triplet|notes?)\b", re.IGNORECASE)
_BARS = re.compile(rf"({NUMBER})\s*-?\s*bars?\b", re.IGNORECASE)
_SECONDS = re.compile(rf"({NUMBER})\s*-?\s*(seconds?|secs?|s|minutes?|mins?)\b", re.IGNORECASE)
_SPEED = re.compile(
    rf"(?:from\s+)?({NUMBER})\s*(?:bpm)?\s*(?:down |up )?(?:to|->|into|→)\s*({NUMBER})\s*(?:bpm)?", re.IGNORECASE
)
_CHANGES_SPEED = re.compile(
    r"\b(?:slow|slowed|slowing|speed|sped|speeding|pitch(?:ed|ing)?|repitch|stretch|play|change|semitones?|key|bpm|tempo|from)\b",
    re.IGNORECASE,
)
_SEMITONES = re.compile(
    rf"(?<![\w.])([+-]?\s?(?:{NUMBER}|an?|one|two|three|four|five|six|seven))\s*-?\s*(?:semitones?|half[- ]steps?|st)\b\s*(up|down|higher|lower)?",
    re.IGNORECASE,
)
_PER_CENT = re.compile(rf"(?<![\w.])([+-]?\s?{NUMBER})\s*(?:%|per ?cent)", re.IGNORECASE)
_DOWN = re.compile(r"\b(?:down|lower|slower|slow|drop)\b", re.IGNORECASE)
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_INTERVAL = re.compile(
    rf"\b(?:interval|distance|how many semitones|how far)\b.*?(?<![\w#])({notes.NOTE})\s*(?:minor|major|m)?\s*(?:to|and|from|-)\s*({notes.NOTE})(?![\w#])",
    re.IGNORECASE,
)
_INTERVALS = (
    "unison", "minor second", "major second", "minor third", "major third", "perfect fourth", "tritone", "perfect fifth",
    "minor sixth", "major sixth", "minor seventh", "major seventh",
)  # fmt: skip
_BETWEEN_KEYS = 0.15  # semitones; a pitch at most this far from a key counts as in it
_HIGHEST_HZ = 20_000
_MOST_SEMITONES = 48.0


def answer(question: str) -> TheoryAnswer | None:
    """Answer a question whose answer is a number; None for other questions."""
    for read in (_frequency, _midi, _pitch, _interval, _speed, _semitones, _per_cent, _bars, _seconds, _delay):
        if found := read(question):
            return found
    return None


def _frequency(question: str) -> TheoryAnswer | None:
    match = _HZ.search(question)
    if match is None or (match[2].lower() == "khz" and not _ASKS_NOTE.search(question)):  # 96 kHz is a sampling rate
        return None
    hertz = reading.number(match[1]) * (1000 if match[2].lower() == "khz" else 1)
    if not 8 <= hertz <= _HIGHEST_HZ:
        return TheoryAnswer(
            "Notes lie between 8 Hz and 20 kHz; ask for a frequency in that range.", "note", card="notes"
        )
    found = notes.nearest_note(hertz)
    off = "exactly" if found.cents == 0 else f"{abs(found.cents)} cents {'above' if found.cents > 0 else 'below'}"
    return TheoryAnswer(
        f"{hertz:g} Hz is {off} {found.name}, MIDI note {found.midi}.", "note", notes=(found.name,), value=float(found.midi), unit="MIDI",
        card="notes", next_step=f"What is {notes.frequency_of(found.midi + 12):.0f} Hz?",
    )  # fmt: skip


def _midi(question: str) -> TheoryAnswer | None:
    match = _MIDI.search(question)
    if match is None:
        return None
    midi = int(match[1] or match[2])
    if not notes.LOWEST_MIDI <= midi <= notes.HIGHEST_MIDI:
        return TheoryAnswer("MIDI notes go from 0 to 127.", "note", card="notes")
    name, hertz = notes.pitch_name(midi), notes.frequency_of(midi)
    return TheoryAnswer(
        f"MIDI note {midi} is {name}, {hertz:.2f} Hz.",
        "note",
        notes=(name,),
        value=round(hertz, 2),
        unit="Hz",
        card="notes",
    )


def _pitch(question: str) -> TheoryAnswer | None:
    match = _PITCH.search(question)
    if match is None or not _ASKS_PITCH.search(question):
        return None
    note = notes.parse_note(match[1])
    if note is None:
        return None
    midi = notes.midi_number(note, int(match[2]))
    if not notes.LOWEST_MIDI <= midi <= notes.HIGHEST_MIDI:
        return TheoryAnswer("MIDI notes go from 0 to 127: C-1 to G9.", "note", card="notes")
    hertz, name = notes.frequency_of(midi), f"{note.name}{match[2]}"
    return TheoryAnswer(
        f"{name} is {hertz:.2f} Hz, MIDI note {midi}.",
        "note",
        notes=(name,),
        value=round(hertz, 2),
        unit="Hz",
        card="notes",
    )


def _interval(question: str) -> TheoryAnswer | None:
    match = _INTERVAL.search(question)
    first, second = (notes.parse_note(match[n]) for n in (1, 2)) if match else (None, None)
    if first is None or second is None:
        return None
    up = (second.pitch_class - first.pitch_class) % 12
    shorter = f", or {12 - up} down" if up > 6 else ""
    return TheoryAnswer(
        f"From {first.name} up to {second.name} is {counted(up, 'semitone')}{shorter}: a {_INTERVALS[up]}.", "interval",
        notes=(first.name, second.name), value=float(up), unit="semitones", card="pitch-tempo",
    )  # fmt: skip


def _speed(question: str) -> TheoryAnswer | None:
    match = _SPEED.search(question)
    if match is None or not _CHANGES_SPEED.search(question) or _BARS.search(question):
        return None
    old, new = reading.number(match[1]), reading.number(match[2])
    if not (tempo.is_tempo(old) and tempo.is_tempo(new)):
        return TheoryAnswer(NO_TEMPO, "pitch", card="pitch-tempo")
    if old == new:
        return TheoryAnswer("At the same tempo, pitch and key stay as they are.", "pitch", card="pitch-tempo")
    semitones = tempo.semitones_between(old, new)
    keys = [one.key for one in reading.keys_in(question) if one.key is not None]
    said, names = _key_after(keys[0] if keys else None, semitones)
    verb, moves = ("Slowing", "lowers") if new < old else ("Speeding up", "raises")
    text = f"{verb} from {old:g} to {new:g} BPM without time-stretching {moves} the pitch by {abs(semitones):.2f} semitones ({100 * (new / old - 1):+.2f}%). {said} With time-stretching the key stays as it is."
    return TheoryAnswer(
        text, "pitch", keys=names, value=round(semitones, 2), unit="semitones", card="pitch-tempo",
        next_step=f"What goes with {_camelot(names[0])}?" if names else f"A loop in A minor, from {old:g} to {new:g} BPM: what key is it in?",
    )  # fmt: skip


def _key_after(key: MusicalKey | None, semitones: float) -> tuple[str, tuple[str, ...]]:
    nearest = round(semitones)
    cents = round(100 * (semitones - nearest))
    if key is None:
        whole = f"{counted(abs(nearest), 'semitone')} {'down' if nearest < 0 else 'up'}"
        home = harmony.transposed(MusicalKey(9, Mode.MINOR), nearest)
        if nearest == 0:
            return "The key changes by less than half a semitone.", ()
        return f"The nearest key is {whole}: A minor becomes {home.name}{_tuned(cents)}.", (home.name,)
    after = harmony.transposed(key, nearest)
    if abs(semitones - nearest) <= _BETWEEN_KEYS:
        return f"{key.name} becomes {after.name}.", (after.name,)
    return f"{key.name} lands nearest to {after.name}{_tuned(cents)}; tune it by {-cents:+d} cents to match.", (
        after.name,
    )


def _tuned(cents: int) -> str:
    return f", {abs(cents)} cents {'sharp' if cents > 0 else 'flat'}" if cents else ""


def _camelot(name: str) -> str:
    key = MusicalKey.parse(name)
    return key.camelot if key else name


def _semitones(question: str) -> TheoryAnswer | None:
    """Convert a pitch change to a speed change: "3 semitones up in per cent", "2 semitones down from 120 BPM"."""
    match = _SEMITONES.search(question)
    if match is None:
        return None
    word = match[1].replace(" ", "").lower()
    amount = float(_WORDS.get(word, 0)) or reading.number(word.lstrip("+-"))
    if amount > _MOST_SEMITONES:
        return TheoryAnswer("Pitch shifts go up to four octaves, 48 semitones.", "pitch", card="pitch-tempo")
    if word.startswith("-") or _DOWN.search(question):
        amount = -amount
    keys = [one.key for one in reading.keys_in(question) if one.key is not None]
    percent = 100 * (tempo.ratio_of(amount) - 1)
    steps = f"{amount:+g} {noun(abs(amount), 'semitone')}"
    said = f"{steps} is {percent:+.2f}% speed"
    if keys:
        after = harmony.transposed(keys[0], round(amount))
        return TheoryAnswer(
            f"{keys[0].name} moved by {steps} is {after.name}.", "pitch", keys=(after.name,), camelot=(after.camelot,),
            value=round(percent, 2), unit="%", card="pitch-tempo", next_step=f"What goes with {after.camelot}?",
        )  # fmt: skip
    bpm = reading.tempo_in(question)
    if bpm is not None and tempo.is_tempo(bpm):
        return TheoryAnswer(
            f"{said}: {bpm:g} BPM becomes {bpm * tempo.ratio_of(amount):.2f} BPM without time-stretching.", "pitch",
            value=round(bpm * tempo.ratio_of(amount), 2), unit="BPM", card="pitch-tempo",
        )  # fmt: skip
    return TheoryAnswer(
        f"{said} without time-stretching.", "pitch", value=round(percent, 2), unit="%", card="pitch-tempo"
    )


def _per_cent(question: str) -> TheoryAnswer | None:
    match = _PER_CENT.search(question)
    if match is None or not re.search(
        r"\b(?:semitones?|pitch|faster|slower|speed|tempo|bpm|key)\b", question, re.IGNORECASE
    ):
        return None
    amount = reading.number(match[1].replace(" ", "").lstrip("+-"))
    if match[1].startswith("-") or _DOWN.search(question):
        amount = -amount
    if not -90 <= amount <= 300:
        return TheoryAnswer("A change of speed lies between -90% and +300%.", "pitch", card="pitch-tempo")
    semitones = tempo.semitones_between(1, 1 + amount / 100)
    return TheoryAnswer(
        f"{amount:+g}% speed is {semitones:+.2f} semitones without time-stretching.", "pitch",
        value=round(semitones, 2), unit="semitones", card="pitch-tempo",
    )  # fmt: skip


def _bars(question: str) -> TheoryAnswer | None:
    """Convert bars to seconds: "how long are 8 bars at 128"."""
    match, bpm = _BARS.search(question), reading.tempo_in(question)
    if match is None or bpm is None:
        return None
    if not tempo.is_tempo(bpm):
        return TheoryAnswer(NO_TEMPO, "length", card="delay")
    bars = reading.number(match[1])
    seconds = tempo.seconds_of_bars(bars, bpm)
    return TheoryAnswer(
        f"{bars:g} {noun(bars, 'bar')} of 4/4 at {bpm:g} BPM {noun(bars, 'lasts', 'last')} {seconds:.2f} seconds.", "length",
        value=round(seconds, 3), unit="s", card="delay", next_step=f"Delay times at {bpm:g} BPM",
    )  # fmt: skip


def _seconds(question: str) -> TheoryAnswer | None:
    """Convert seconds to bars: "how many bars are 30 seconds at 120 BPM"."""
    match, bpm = _SECONDS.search(question), reading.tempo_in(question)
    if match is None or bpm is None or not re.search(r"\bbars?\b", question, re.IGNORECASE):
        return None
    if not tempo.is_tempo(bpm):
        return TheoryAnswer(NO_TEMPO, "length", card="delay")
    seconds = reading.number(match[1]) * (60 if match[2].lower().startswith("m") else 1)
    bars = seconds / tempo.seconds_of_bars(1, bpm)
    return TheoryAnswer(
        f"{seconds:g} {noun(seconds, 'second')} at {bpm:g} BPM {noun(seconds, 'is', 'are')} {bars:.2f} bars of 4/4.",
        "length",
        value=round(bars, 3),
        unit="bars",
        card="delay",
    )


def _delay(question: str) -> TheoryAnswer | None:
    """Return the delay time for a note length, or list all delay times at a tempo."""
    bpm = reading.tempo_in(question)
    if bpm is None or not _DELAY.search(question):
        return None
    if not tempo.is_tempo(bpm):
        return TheoryAnswer(NO_TEMPO, "delay", card="delay")
    if re.search(r"\b(?:reverb|pre-?delay|decay)\b", question, re.IGNORECASE):
        hall, *_, room, _ambience = tempo.reverb_rows(bpm)
        return TheoryAnswer(
            f"At {bpm:g} BPM a hall of two bars has {hall.pre_delay_ms:g} ms pre-delay and {hall.decay_ms / 1000:.2f} s decay; a small room {room.pre_delay_ms:g} ms and {room.decay_ms / 1000:.2f} s.",
            "delay", value=hall.pre_delay_ms, unit="ms", card="delay",
        )  # fmt: skip
    length = reading.length_in(question)
    if length is not None:
        time = tempo.milliseconds(bpm, length.beats)
        return TheoryAnswer(
            f"A {length.name} at {bpm:g} BPM lasts {time:.1f} ms.", "delay", value=round(time, 2), unit="ms", card="delay",
            next_step=f"What is a dotted 1/8 at {bpm:g} BPM?",
        )  # fmt: skip
    quarter, eighth, dotted, sixteenth = (tempo.milliseconds(bpm, beats) for beats in (1, 0.5, 0.75, 0.25))
    return TheoryAnswer(
        f"At {bpm:g} BPM a 1/4 note lasts {quarter:.1f} ms, a 1/8 {eighth:.1f} ms, a dotted 1/8 {dotted:.1f} ms and a 1/16 {sixteenth:.1f} ms.",
        "delay", value=round(quarter, 2), unit="ms", card="delay", next_step=f"How long are 8 bars at {bpm:g} BPM?",
    )  # fmt: skip
