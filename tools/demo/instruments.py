"""The tuned instruments by name; all are played with (MIDI pitch, seconds, velocity)."""

from collections.abc import Callable

from tools.demo import bass, keys, pads
from tools.demo.synth import Signal

Instrument = Callable[[float, float, float], Signal]

BASSES: dict[str, Instrument] = {
    "sub": bass.sub,
    "warm-saw": bass.warm_saw,
    "rubber": bass.rubber,
    "reese": bass.reese,
    "808": bass.eight_o_eight,
    "log-drum": bass.log_drum,
    "acid": bass.acid,
    "upright": bass.upright,
    "picked": bass.picked,
}
VOICES: dict[str, Instrument] = {
    "guitar": keys.guitar,
    "muted-guitar": keys.muted_guitar,
    "harp": keys.harp,
    "electric-piano": keys.electric_piano,
    "piano": keys.piano,
    "organ": keys.organ,
    "bell": keys.bell,
    "kalimba": keys.kalimba,
    "marimba": keys.marimba,
    "pluck": keys.synth_pluck,
    "lead": keys.lead,
    "whistle": keys.whistle,
    "supersaw": pads.supersaw,
    "warm-pad": pads.warm_pad,
    "strings": pads.strings,
    "choir": pads.choir,
    "glass": pads.glass,
    "brass": pads.brass,
    "stab": pads.stab,
}
