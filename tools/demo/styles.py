"""What makes a genre: its groove, kit, usual lines, space and pump. Plain data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """Ingredients that all sounds of a pack share.

    Args:
        groove: name in ``patterns.GROOVES``.
        kit: name in ``drums.KITS``.
        swing: delay of every second sixteenth, as a part of a sixteenth.
        bass_line: name in ``patterns.BASS_LINES``.
        chord_rhythm: name in ``patterns.CHORD_RHYTHMS``.
        arp: name in ``patterns.ARPS``.
        chord_size: notes as for ``harmony.chord_degrees``.
        room_seconds: reverb of the tonal parts.
        room_amount: level of that reverb.
        echo_beats: time between repeats, 0 for none.
        pump: depth of the ducking under the kick in mixes and pads.
        looseness: random timing of the players in milliseconds.
        chord_bars: bars that each chord lasts.
    """

    groove: str
    kit: str
    bass_line: str
    chord_rhythm: str
    swing: float = 0.0
    arp: str = "up"
    chord_size: int = 4
    room_seconds: float = 1.4
    room_amount: float = 0.22
    echo_beats: float = 0.75
    pump: float = 0.0
    looseness: float = 2.5
    chord_bars: int = 1


STYLES: dict[str, Style] = {
    "techno": Style(
        "peak",
        "warehouse",
        "rolling",
        "dub",
        arp="sixteen",
        chord_size=3,
        room_seconds=2.2,
        pump=0.6,
        looseness=1.0,
        chord_bars=2,
    ),
    "hypnotic": Style(
        "hypnotic",
        "velvet",
        "offbeat",
        "dub",
        swing=0.12,
        arp="dotted",
        chord_size=3,
        room_seconds=2.6,
        pump=0.5,
        chord_bars=2,
    ),
    "house": Style("jack", "floor", "jack", "house", swing=0.16, arp="broken", room_seconds=1.1, pump=0.35),
    "deep-house": Style(
        "after-hours",
        "velvet",
        "deep",
        "push",
        swing=0.2,
        arp="wave",
        chord_size=5,
        room_seconds=1.8,
        room_amount=0.28,
        pump=0.3,
    ),
    "disco": Style(
        "mirrorball",
        "floor",
        "disco",
        "skank",
        swing=0.06,
        arp="up",
        room_seconds=1.2,
        echo_beats=0.0,
        pump=0.15,
        looseness=5.0,
    ),
    "garage": Style(
        "two-step",
        "night-bus",
        "garage",
        "garage",
        swing=0.3,
        arp="broken",
        chord_size=5,
        room_seconds=1.3,
    ),
    "trap": Style(
        "long-night",
        "night-bus",
        "slides",
        "held",
        arp="drops",
        chord_size=3,
        room_seconds=2.2,
        room_amount=0.3,
        chord_bars=2,
    ),
    "drill": Style(
        "estate",
        "night-bus",
        "drill",
        "halves",
        swing=0.1,
        arp="drops",
        chord_size=3,
        room_seconds=2.0,
        chord_bars=2,
    ),
    "boom-bap": Style(
        "dusty",
        "block-party",
        "lazy",
        "couch",
        swing=0.28,
        arp="broken",
        room_seconds=0.8,
        echo_beats=0.0,
        looseness=7.0,
    ),
    "lo-fi": Style(
        "couch",
        "block-party",
        "lazy",
        "couch",
        swing=0.34,
        arp="drops",
        chord_size=5,
        room_seconds=1.2,
        echo_beats=0.0,
        looseness=9.0,
    ),
    "rolling": Style(
        "rinse",
        "amen-street",
        "growl",
        "held",
        arp="dotted",
        chord_size=5,
        room_seconds=2.4,
        room_amount=0.32,
        chord_bars=2,
    ),
    "jungle": Style(
        "chopped",
        "amen-street",
        "long",
        "swell",
        swing=0.08,
        arp="wave",
        chord_size=5,
        room_seconds=2.4,
        room_amount=0.3,
        chord_bars=2,
    ),
    "ambient": Style(
        "half-light",
        "velvet",
        "long",
        "swell",
        arp="drops",
        chord_size=5,
        room_seconds=4.0,
        room_amount=0.55,
        echo_beats=1.5,
    ),
    "downtempo": Style(
        "half-light",
        "block-party",
        "sparse",
        "push",
        swing=0.2,
        arp="wave",
        room_seconds=2.2,
        room_amount=0.32,
        looseness=6.0,
    ),
    "synthwave": Style(
        "chrome",
        "neon",
        "pulse",
        "halves",
        arp="sixteen",
        chord_size=3,
        room_seconds=1.8,
        room_amount=0.28,
        pump=0.25,
        looseness=1.0,
    ),
    "dub-techno": Style(
        "deep-water",
        "velvet",
        "offbeat",
        "dub",
        swing=0.08,
        arp="dotted",
        room_seconds=3.4,
        room_amount=0.5,
        pump=0.35,
        chord_bars=2,
    ),
    "electro": Style(
        "circuit",
        "warehouse",
        "sixteen",
        "gated",
        arp="pulse",
        chord_size=3,
        room_seconds=1.0,
        looseness=1.0,
        chord_bars=2,
    ),
    "afrobeat": Style(
        "lagos",
        "coast",
        "island",
        "clave",
        swing=0.12,
        arp="broken",
        room_seconds=0.9,
        echo_beats=0.0,
        looseness=6.0,
    ),
    "amapiano": Style(
        "pretoria",
        "coast",
        "log",
        "push",
        swing=0.14,
        arp="wave",
        chord_size=5,
        room_seconds=1.6,
        room_amount=0.28,
        looseness=4.0,
    ),
    "reggaeton": Style(
        "dembow",
        "coast",
        "island",
        "halves",
        arp="pulse",
        chord_size=3,
        room_seconds=1.4,
        pump=0.2,
    ),
    "cinematic": Style(
        "procession",
        "colossus",
        "heavy",
        "swell",
        arp="pulse",
        chord_size=3,
        room_seconds=3.6,
        room_amount=0.45,
        echo_beats=0.0,
        chord_bars=2,
    ),
    "breakbeat": Style(
        "break-yard",
        "amen-street",
        "squelch",
        "pump",
        swing=0.06,
        arp="sixteen",
        room_seconds=1.0,
        chord_bars=2,
    ),
    "r-and-b": Style(
        "pocket",
        "night-bus",
        "slap",
        "couch",
        swing=0.26,
        arp="wave",
        chord_size=5,
        room_seconds=1.4,
        looseness=6.0,
    ),
    "trance": Style(
        "peak",
        "floor",
        "offbeat",
        "gated",
        arp="sixteen",
        chord_size=3,
        room_seconds=2.2,
        room_amount=0.32,
        pump=0.6,
        looseness=1.0,
    ),
}
