"""The right readings of the searches in the field cases, and a form in which keys are compared."""

from askchopper.musical_key import MusicalKey

# As ``schemas.search_filters.as_query`` writes them; more than one where either is right.
QUERIES: dict[str, tuple[str, ...]] = {
    "A min": ("key=A minor",),
    "pads in A min": ("q=pads&key=A minor",),
    "A min / C maj": ("key=A minor&or_key=C major",),
    "FM bass": ("q=fm bass",),
    "AM radio": ("q=am radio",),
    "-6 db kick": ("q=6 db kick", "q=-6 db kick", "q=kick"),
    "80s synth": ("q=80s synth", "q=synth&tags=retro"),
    "1980s drum machine": ("q=1980s drum machine",),
    "not dark": ("q=-dark",),
    "house without vocals": ("q=-vocals&genre=house",),
    "trap but no 808": ("q=-808&genre=trap",),
    "royalty free drums": ("q=drums",),
    "juno 106 pad": ("q=juno 106 pad",),
    "50 hz sub": ("q=50 hz sub",),
    # Compounds and plurals meet in the index; tests/integration/services/test_search.py finds them there.
    "hi hat": ("q=hi hat",),
    "logdrum": ("q=logdrum",),
    "808s": ("q=808s",),
    "drum&bass": ("genre=drum-and-bass",),
    # Both modes, and one-shots with that root, which have a note and no key.
    "C#": ("key=Db major&or_key=C# minor&note=C#",),
    "Am or Em": ("key=A minor&or_key=E minor",),
    "6m": ("key=G# minor", "q=6m"),
    "8a or 9a": ("key=A minor&or_key=E minor",),
}


def normal(key: str) -> str:
    """Return one spelling for the names of a key or a note: ``C#`` is ``Db``; other words stay."""
    if " " in key:
        found = MusicalKey.parse(key)
        return found.name if found else key
    found = MusicalKey.parse(key)
    return found.letter if found else key
