"""Vocabulary of the query parser: spellings of genres and kinds, moods, and stop words."""

from askchopper.genres import GENRES
from askchopper.vocabulary import FileKind

_OTHER_GENRE_WORDS = {
    "drum-and-bass": ("dnb", "d&b", "d'n'b", "d and b", "drum & bass", "drum&bass", "drum n bass", "drum 'n' bass", "drum'n'bass", "drumnbass", "jungle", "neurofunk", "liquid dnb"),
    "hip-hop": ("hiphop", "rap"),
    "r-and-b": ("rnb", "r'n'b", "r and b", "r n b", "rhythm and blues", "neo soul"),
    "lo-fi": ("lofi", "lofi hip hop", "lo fi hip hop", "lofi hiphop", "low fi", "chillhop"),
    "boom-bap": ("boombap",),
    "garage": ("uk garage", "ukg", "2 step", "two step garage", "speed garage"),
    "afrobeat": ("afrobeats", "afro beat", "afro beats", "afro"),
    "synthwave": ("synth wave", "retrowave", "outrun"),
    "deep-house": ("deephouse",),
    "house": ("tech house", "chicago house"),
    "techno": ("tekno", "detroit techno"),
    "dub-techno": ("dubtechno", "dub tech"),
    "trance": ("psytrance", "psy trance", "goa"),
    "drill": ("uk drill", "ny drill"),
    "breakbeat": ("breakbeats", "breaks music", "big beat"),
    "downtempo": ("down tempo", "trip hop", "triphop"),
    "cinematic": ("orchestral", "film score", "film music", "soundtrack"),
    "reggaeton": ("dembow", "perreo"),
    "electro": ("electro funk",),
    "trap": ("trap soul", "trapsoul"),
    "dubstep": ("brostep", "riddim"),
    "ambient": ("drone music",),
    "disco": ("nu disco", "nudisco"),
}  # fmt: skip
GENRE_WORDS: dict[str, str] = {
    **{name.casefold(): slug for slug, name in GENRES.items()},
    **{slug.replace("-", " "): slug for slug in GENRES},
    **{word: slug for slug, words in _OTHER_GENRE_WORDS.items() for word in words},
}
KIND_WORDS: dict[str, str] = {
    **dict.fromkeys(("loop", "loops", "looped", "looping"), FileKind.LOOP),
    **dict.fromkeys(("one shot", "one shots", "oneshot", "oneshots", "1 shot", "1 shots", "single hit", "single hits", "hits"), FileKind.ONE_SHOT),
    **dict.fromkeys(("track", "tracks", "song", "songs", "full track", "full tracks", "full songs"), FileKind.TRACK),
}  # fmt: skip
# Moods and the tags that express them.
MOODS: dict[str, str] = {
    **{mood: mood for mood in (
        "dark", "warm", "cold", "calm", "happy", "sad", "epic", "funky", "dusty", "dreamy", "hypnotic", "euphoric", "smooth",
        "soulful", "upbeat", "raw", "retro", "nostalgic", "mellow", "tense", "organic", "industrial", "atmospheric", "spacious",
        "melancholic", "aggressive", "romantic", "energetic", "uplifting", "relaxed", "sunny", "punchy", "dirty", "clean",
        "ethereal", "gritty", "groovy", "bouncy", "eerie", "angry", "driving", "rolling", "robotic", "wide", "deep",
    )},
    **dict.fromkeys(("chill", "chilled", "chillout", "relaxing"), "calm"),
    **dict.fromkeys(("moody", "brooding", "sinister", "evil"), "dark"),
    **dict.fromkeys(("cheerful", "joyful"), "happy"),
    **dict.fromkeys(("melancholy", "wistful"), "melancholic"),
    **dict.fromkeys(("vintage",), "retro"),
    **dict.fromkeys(("creepy", "spooky", "scary"), "eerie"),
}  # fmt: skip
FILLERS = frozenset(
    ["a", "an", "the", "and", "or", "of", "for", "with", "in", "at", "to", "on", "by", "from", "me", "my", "i", "we", "some", "any", "something", "anything", "find", "show", "give", "get", "need", "want", "search", "look", "looking", "please", "that", "which", "is", "are", "it", "like", "similar", "sound", "sounds", "sample", "samples", "beat", "beats", "pack", "packs", "music", "audio", "file", "files", "good", "nice", "great", "really", "very", "kind", "type", "style", "vibe", "vibes", "feel", "feeling", "bpm", "key", "tempo", "but", "not", "too", "what", "where"]
)  # fmt: skip

# Words that are written as one, as two and with a hyphen.
COMPOUNDS: dict[tuple[str, str], str] = {
    (first, second): first + second
    for first, second in (
        ("hi", "hat"), ("kick", "drum"), ("bass", "drum"), ("snare", "drum"), ("log", "drum"), ("rim", "shot"),
        ("side", "stick"), ("cow", "bell"), ("hand", "clap"), ("finger", "snap"), ("break", "beat"), ("bass", "line"),
        ("drum", "kit"), ("drum", "loop"), ("top", "loop"), ("wood", "block"), ("sound", "scape"), ("down", "lifter"),
        ("up", "lifter"), ("white", "noise"), ("sub", "bass"), ("reese", "bass"), ("vocal", "chop"), ("back", "beat"),
    )
}  # fmt: skip
