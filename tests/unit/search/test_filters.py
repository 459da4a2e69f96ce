"""Filters from URLs: parsing, headings, and rejected values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askchopper.errors import InvalidInputError
from askchopper.genres import GENRES
from askchopper.musical_key import ALL_KEYS, MusicalKey
from askchopper.schemas.search_filters import NAMES, Filters, as_query, merged
from askchopper.schemas.search_filters import parse as filters_from
from askchopper.schemas.search_labels import chips, heading
from askchopper.vocabulary import Certainty, Compatible, FileKind, LicenceKind, Owned, PackSort


def test_every_filter_is_parsed():
    query = {
        "q": " dusty ", "genre": "techno", "kind": "loop", "bpm_min": "126", "bpm_max": "134.5", "key": "8A",
        "compatible": "strict", "price_max": "5", "creator": "juno-hale", "sort": "price",
    }  # fmt: skip
    assert filters_from(query) == Filters(
        text="dusty", genre="techno", kind=FileKind.LOOP, bpm_min=126, bpm_max=134.5, key=MusicalKey.parse("A minor"),
        compatible=Compatible.STRICT, price_max_tokens=5, creator="juno-hale", sort=PackSort.PRICE,
    )  # fmt: skip


def test_empty_values_are_no_filters():
    assert filters_from({"q": "", "genre": "", "bpm_min": "", "key": "", "nobody": "x"}) == Filters()


@pytest.mark.parametrize(
    "query",
    [
        {"genre": "polka"}, {"kind": "stem"}, {"bpm_min": "fast"}, {"bpm_min": "nan"}, {"bpm_max": "1e308"}, {"bpm_max": "-1"},
        {"bpm_min": "140", "bpm_max": "120"}, {"duration_min": "60", "duration_max": "5"}, {"duration_max": "1e9"},
        {"compatible": "very"}, {"unknown": "maybe"}, {"certainty": "sure"}, {"licence": "mit"}, {"quality_min": "101"},
        {"format": "exe"}, {"owned": "all"}, {"heard": "x"}, {"like": "me"}, {"tags": "a,b,c,d,e,f,g"}, {"half_double": "2"},
        {"key": "H"}, {"price_max": "-1"}, {"price_max": "1.5"}, {"price_max": "²"}, {"sort": "random()"},
    ],
)  # fmt: skip
def test_invalid_value_is_rejected_with_message(query: dict[str, str]):
    with pytest.raises(InvalidInputError) as caught:
        filters_from(query)
    assert caught.value.sentence.endswith((".", "8A."))


def test_heading_describes_the_query():
    filters = filters_from({"genre": "techno", "kind": "loop", "bpm_min": "126", "bpm_max": "134", "key": "Am"})
    assert heading(filters) == "Techno loops 126 to 134 BPM in A minor"
    assert heading(Filters()) == "Browse"
    assert heading(filters_from({"kind": "loop"})) == "Loops"


def test_chip_names_the_parameters_it_removes():
    found = chips(filters_from({"q": "x", "bpm_min": "120", "key": "Am", "compatible": "strict", "price_max": "0"}))
    assert [(chip.label, list(chip.params)) for chip in found] == [
        ("“x”", ["q"]),
        ("from 120 BPM", ["bpm_min", "bpm_max", "half_double"]),
        ("A min and compatible", ["key", "or_key", "note", "or_note", "compatible"]),
        ("Free", ["price_max"]),
    ]


_TEMPI = st.none() | st.decimals(20, 400, places=1).map(float)
_FILTERS = st.builds(
    Filters,
    text=st.sampled_from(["", "dusty", "808", '"dark star" keys']),
    genre=st.none() | st.sampled_from(sorted(GENRES)),
    tags=st.lists(st.sampled_from(["dark", "warm", "log drum"]), unique=True, max_size=3).map(tuple),
    kind=st.none() | st.sampled_from(FileKind),
    bpm_min=_TEMPI,
    bpm_max=_TEMPI,
    half_double=st.booleans(),
    key=st.none() | st.sampled_from(ALL_KEYS),
    compatible=st.sampled_from(Compatible),
    has_unknown=st.booleans(),
    certainty=st.none() | st.sampled_from(Certainty),
    duration_min_seconds=st.none() | st.integers(0, 60).map(float),
    duration_max_seconds=st.none() | st.integers(60, 7200).map(float),
    price_max_tokens=st.none() | st.integers(0, 2000),
    licence=st.none() | st.sampled_from(LicenceKind),
    quality_min=st.none() | st.integers(0, 100),
    format=st.none() | st.sampled_from(["wav", "flac"]),
    creator=st.none() | st.just("juno-hale"),
    owned=st.none() | st.sampled_from(Owned),
    is_unheard=st.booleans(),
    like=st.none() | st.uuids().map(str),
    is_other_pack=st.booleans(),
    sort=st.none() | st.sampled_from(PackSort),
).filter(lambda one: one.bpm_min is None or one.bpm_max is None or one.bpm_min <= one.bpm_max)


@given(_FILTERS)
def test_url_round_trip_of_all_combinations(filters: Filters):
    assert filters_from(as_query(filters)) == filters


@given(_FILTERS)
def test_all_combinations_have_heading_and_removable_chips(filters: Filters):
    assert heading(filters)
    assert {name for chip in chips(filters) for name in chip.params} <= set(NAMES)


def test_response_names_are_accepted_as_parameters():
    assert filters_from({"duration_max_seconds": "30", "price_max_tokens": "5", "text": "x"}) == Filters(
        text="x", duration_max_seconds=30, price_max_tokens=5
    )


def test_explicit_filter_overrides_parsed_filter():
    understood = Filters(text="pads", genre="trap", bpm_min=140, bpm_max=140)
    joined = merged(understood, Filters(text="trap pads 140", genre="house", bpm_min=100))
    assert joined == Filters(text="pads", genre="house", bpm_min=100, bpm_max=None)
