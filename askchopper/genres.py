"""The genres of the catalogue: slug, as stored and in URLs, to display name.

Tests require entries for each genre in ``theory/tables.py``, ``theory/harmony.py`` and ``artists/artists.toml`` (in ``services/knowledge``).
"""

GENRES: dict[str, str] = {
    "afrobeat": "Afrobeat",
    "amapiano": "Amapiano",
    "ambient": "Ambient",
    "boom-bap": "Boom bap",
    "breakbeat": "Breakbeat",
    "cinematic": "Cinematic",
    "deep-house": "Deep house",
    "disco": "Disco",
    "downtempo": "Downtempo",
    "drill": "Drill",
    "drum-and-bass": "Drum and bass",
    "dub-techno": "Dub techno",
    "dubstep": "Dubstep",
    "electro": "Electro",
    "funk": "Funk",
    "garage": "Garage",
    "hip-hop": "Hip hop",
    "house": "House",
    "jazz": "Jazz",
    "lo-fi": "Lo-fi",
    "pop": "Pop",
    "r-and-b": "R&B",
    "reggaeton": "Reggaeton",
    "rock": "Rock",
    "synthwave": "Synthwave",
    "techno": "Techno",
    "trance": "Trance",
    "trap": "Trap",
}
