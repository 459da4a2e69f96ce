"""Reference tables: tempo by genre, loudness by platform, frequency ranges of instruments."""

from dataclasses import dataclass

# Slug of a genre, or another style's name, to its usual tempo.
GENRE_TEMPI: dict[str, tuple[int, int]] = {
    "afrobeat": (95, 125), "amapiano": (108, 115), "ambient": (60, 100), "boom-bap": (85, 96), "breakbeat": (125, 140),
    "cinematic": (60, 120), "deep-house": (118, 124), "disco": (110, 125), "downtempo": (70, 110), "drill": (138, 145),
    "drum-and-bass": (170, 178), "dub-techno": (118, 126), "dubstep": (138, 142), "electro": (120, 135), "funk": (90, 115),
    "garage": (128, 135), "hip-hop": (80, 100), "house": (120, 128), "jazz": (80, 180), "lo-fi": (70, 90), "pop": (95, 128),
    "r-and-b": (60, 95), "reggaeton": (88, 100), "rock": (100, 140), "synthwave": (80, 118), "techno": (125, 145),
    "trance": (132, 142), "trap": (130, 150),
}  # fmt: skip
# Styles that are no genre of the catalogue.
OTHER_TEMPI: dict[str, tuple[int, int]] = {
    "jungle": (160, 175), "grime": (138, 142), "footwork": (155, 165), "hard techno": (145, 165), "minimal": (122, 130),
    "psytrance": (138, 148), "hardstyle": (150, 160), "tech house": (122, 130), "phonk": (120, 160), "jersey club": (130, 140),
    "baile funk": (128, 140), "dancehall": (88, 110), "reggae": (65, 90), "moombahton": (106, 112), "future bass": (130, 160),
    "uk garage": (128, 135), "progressive house": (122, 128), "acid": (120, 140), "trip hop": (80, 100), "gqom": (122, 128),
}  # fmt: skip


@dataclass(frozen=True)
class LoudnessTarget:
    """A platform's published loudness target in LUFS, and its true-peak limit in dBTP."""

    platform: str
    lufs: float
    true_peak_dbtp: float
    note: str
    names: tuple[str, ...] = ()


LOUDNESS: tuple[LoudnessTarget, ...] = (
    LoudnessTarget("Spotify", -14, -1, "Louder masters are turned down; quieter ones are turned up as far as their peaks allow. Above -14 LUFS it asks for -2 dBTP."),
    LoudnessTarget("Apple Music", -16, -1, "With Sound Check, which is on for new devices."),
    LoudnessTarget("YouTube", -14, -1, "Louder uploads are turned down; quieter ones stay as they are.", ("youtube music",)),
    LoudnessTarget("Tidal", -14, -1, "By album, so that quiet songs stay quiet."),
    LoudnessTarget("Amazon Music", -14, -2, "Louder masters are turned down."),
    LoudnessTarget("Deezer", -15, -1, "Louder masters are turned down."),
    LoudnessTarget("SoundCloud", -14, -1, "Leave a true-peak margin: it encodes to a lossy format."),
    LoudnessTarget("Broadcast (EBU R 128)", -23, -1, "European radio and television, within half a unit.", ("tv", "television", "radio", "broadcast", "ebu", "r128")),
    LoudnessTarget("Podcasts", -16, -1, "Stereo; -19 LUFS for mono.", ("podcast",)),
    LoudnessTarget("Club and DJ play", -8, -0.3, "No platform turns it down: common masters are between -9 and -6 LUFS.", ("club", "clubs", "dj")),
)  # fmt: skip


@dataclass(frozen=True)
class Range:
    """An instrument's frequency range in Hz: its fundamentals, and its overtones up to ``bright_hz``."""

    name: str
    low_hz: float
    high_hz: float
    bright_hz: float
    tip: str


RANGES: tuple[Range, ...] = (
    Range("Sub bass", 25, 80, 120, "Keep it mono, with nothing else below it."),
    Range("Kick", 45, 100, 8_000, "Weight near 55 Hz, knock near 120 Hz, click near 4 kHz."),
    Range("808", 30, 110, 3_000, "Saturation adds overtones that small speakers play."),
    Range("Bass guitar", 41, 330, 5_000, "Body near 100 Hz, strings near 2 kHz."),
    Range("Snare", 150, 250, 10_000, "Body near 200 Hz, crack near 3 kHz."),
    Range("Clap", 400, 1_500, 10_000, "Snap near 1.5 kHz."),
    Range("Hi-hat", 300, 1_000, 16_000, "Cut below 300 Hz; the sizzle is above 8 kHz."),
    Range("Cymbals", 300, 1_200, 18_000, "Harsh between 3 and 5 kHz."),
    Range("Piano", 27.5, 4_186, 12_000, "Covers nearly everything: make room with a cut near 300 Hz."),
    Range("Guitar", 82, 1_175, 8_000, "Cut below 90 Hz; bite near 3 kHz."),
    Range("Male voice", 85, 350, 12_000, "Clear near 3 kHz, sharp near 6 kHz."),
    Range("Female voice", 165, 700, 14_000, "Clear near 4 kHz, sharp near 7 kHz."),
    Range("Strings", 41, 3_520, 12_000, "Warm near 300 Hz, bow near 8 kHz."),
    Range("Brass", 58, 1_200, 9_000, "Bright near 5 kHz."),
    Range("Pad", 80, 1_500, 12_000, "High-pass it when a bass plays."),
    Range("Lead synth", 130, 2_000, 14_000, "Presence between 2 and 5 kHz."),
)  # fmt: skip


def tempo_of(style: str) -> tuple[int, int] | None:
    """Return the usual tempo range in BPM of a genre, by slug, or of another style; None if it is unknown."""
    return GENRE_TEMPI.get(style) or OTHER_TEMPI.get(style)


def half_time(span: tuple[int, int]) -> tuple[int, int]:
    """Return half of a tempo range in BPM, rounded down."""
    return span[0] // 2, span[1] // 2
