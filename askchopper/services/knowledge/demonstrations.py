"""Before-and-after audio demonstrations of terms, rendered on first use and cached in the process."""

import asyncio
from dataclasses import dataclass
from functools import lru_cache

from askchopper.errors import NotFoundError
from askchopper.media import demonstrations as sounds

BEFORE, AFTER, SECONDS = sounds.BEFORE, sounds.AFTER, sounds.SECONDS


@dataclass(frozen=True)
class Demonstration:
    """A pair of sounds: before and after.

    Args:
        name: name of the pair, in URLs.
        label: label of the second sound.
        listen: sentence that says what to listen for.
    """

    name: str
    label: str
    listen: str


_ROOMS = (
    Demonstration("room", "Room", "Short reflections say how near the walls are."),
    Demonstration("plate", "Plate", "Dense and bright from the first moment, without walls."),
    Demonstration("hall", "Hall", "A gap before the tail, then a long, dark decay."),
    Demonstration("spring", "Spring", "It boings: low tones come back before the high ones."),
)
_BANDS = (
    Demonstration("eq-low", "80 Hz, +9 dB", "The kick and the bass get weight."),
    Demonstration("eq-mud", "300 Hz, +9 dB", "Everything gets boxy: this is mud."),
    Demonstration("eq-presence", "3 kHz, +9 dB", "Snare and chords come forward, then get harsh."),
    Demonstration("eq-air", "10 kHz, +9 dB", "The hats get bright; the rest stays as it is."),
)
OF_TERMS: dict[str, tuple[Demonstration, ...]] = {
    "sidechain-compression": (Demonstration("sidechain", "Ducked by the kick", "Bass and chords make room for each kick and swell back."),),
    "swing": (Demonstration("swing", "Swing at 64%", "Every second sixteenth comes late."),),
    "shuffle": (Demonstration("swing", "Shuffled at 64%", "The hats go long, short, long, short."),),
    "half-time": (Demonstration("half-time", "Half-time", "The same tempo; the snare comes once a bar, on three."),),
    "bit-depth": (Demonstration("bit-depth", "5 bits", "A gritty noise follows the level of the chords."),),
    "sample-rate": (Demonstration("sample-rate", "5.5 kHz", "Everything above 2.75 kHz is gone: no hats, dull chords."),),
    "bitcrusher": (Demonstration("bitcrusher", "6 bits, 8 kHz", "Grit, and metallic tones that were not there."),),
    "equaliser": _BANDS,
    "mud": (_BANDS[1],),
    "frequency": _BANDS,
    "high-pass-filter": (Demonstration("high-pass", "Cut below 350 Hz", "Kick and bass lose their weight."),),
    "low-pass-filter": (Demonstration("low-pass", "Cut above 500 Hz", "As if from the next room."),),
    "filter-cutoff": (Demonstration("low-pass", "Cutoff at 500 Hz", "The cutoff decides how much of the brightness is left."),),
    "band-pass-filter": (Demonstration("band-pass", "400 Hz to 3 kHz", "The telephone."),),
    "compression": (Demonstration("compression", "8:1, 4 ms attack", "The hats and tails come up between the hits."),),
    "threshold-and-ratio": (Demonstration("compression", "8:1 over -26 dB", "What is over the threshold is held; the rest comes up."),),
    "noise-gate": (Demonstration("gate", "Gated", "The room is cut off after each hit."),),
    "gated-drums": (Demonstration("gate", "Gated", "Large and short at once."),),
    "reverb": _ROOMS,
    "plate-reverb": (_ROOMS[1],),
    "spring-reverb": (_ROOMS[3],),
    "delay": (Demonstration("delay", "Dotted eighth", "Repeats fill the rests of the melody."),),
    "dotted-note": (Demonstration("delay", "Dotted eighth delay", "The repeats gallop against the beat."),),
    "slapback-delay": (Demonstration("slapback", "One repeat after 110 ms", "Size without a tail."),),
    "saturation": (Demonstration("saturation", "Driven", "New overtones: the bass is heard on small speakers."),),
    "detune": (Demonstration("detune", "Two voices, 28 cents apart", "The voices beat against each other."),),
    "unison": (Demonstration("supersaw", "Seven voices", "One saw becomes a crowd."),),
    "supersaw": (Demonstration("supersaw", "Seven voices", "One saw becomes a crowd."),),
    "chorus": (Demonstration("chorus", "Chorus", "A second, slightly late voice moves in pitch."),),
    "flanger": (Demonstration("flanger", "Flanger", "Notches sweep through the hats."),),
}  # fmt: skip
_NAMES = frozenset(pair.name for pairs in OF_TERMS.values() for pair in pairs)
_making = asyncio.Semaphore(2)  # each takes a core for a third of a second


def of_term(slug: str) -> tuple[Demonstration, ...]:
    """Return the demonstrations of a term by its slug; empty if it has none."""
    return OF_TERMS.get(slug, ())


async def audio(name: str) -> bytes:
    """Return one sound of a demonstration as MP3, such as ``swing-after``.

    Raises:
        NotFoundError: there is no such sound.
    """
    pair, _, side = name.rpartition("-")
    if pair not in _NAMES or side not in {BEFORE, AFTER}:
        raise NotFoundError("There is no such sound.")
    async with _making:
        return await asyncio.to_thread(_encoded, pair, side)


@lru_cache(maxsize=2 * len(_NAMES))
def _encoded(pair: str, side: str) -> bytes:
    from askchopper.media.demonstrations import catalogue  # noqa: PLC0415 - brings in SciPy, which a server starts without

    return catalogue.encoded(pair, side)
