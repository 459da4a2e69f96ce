"""The address of the browse page is understood, said in words, and refused with a sentence where it is wrong."""

import pytest

from askchopper.errors import InvalidInputError
from askchopper.schemas.catalogue import Filters
from askchopper.states.search import chips, filters_from, heading
from askchopper.vocabulary import FileKind, MusicalKey, PackSort


def test_every_filter_is_read():
    query = {
        "q": " dusty ", "genre": "techno", "kind": "loop", "bpm_min": "126", "bpm_max": "134.5", "key": "8A",
        "compatible": "strict", "price_max": "5", "creator": "juno-hale", "sort": "price",
    }  # fmt: skip
    assert filters_from(query) == Filters(
        text="dusty", genre="techno", kind=FileKind.LOOP, bpm_min=126, bpm_max=134.5, key=MusicalKey.parse("A minor"),
        is_compatible=True, price_max_tokens=5, creator="juno-hale", sort=PackSort.PRICE,
    )  # fmt: skip


def test_empty_values_are_no_filters():
    assert filters_from({"q": "", "genre": "", "bpm_min": "", "key": "", "unknown": "x"}) == Filters()


@pytest.mark.parametrize(
    "query",
    [
        {"genre": "polka"}, {"kind": "stem"}, {"bpm_min": "fast"}, {"bpm_min": "nan"}, {"bpm_max": "1e308"}, {"bpm_max": "-1"},
        {"key": "H"}, {"price_max": "-1"}, {"price_max": "1.5"}, {"price_max": "²"}, {"sort": "random()"},
    ],
)  # fmt: skip
def test_wrong_value_is_refused_with_a_sentence(query: dict[str, str]):
    with pytest.raises(InvalidInputError) as caught:
        filters_from(query)
    assert caught.value.sentence.endswith((".", "8A."))


def test_heading_says_the_query_in_words():
    filters = filters_from({"genre": "techno", "kind": "loop", "bpm_min": "126", "bpm_max": "134", "key": "Am"})
    assert heading(filters) == "Techno loops 126 to 134 BPM in A minor"
    assert heading(Filters()) == "Browse"
    assert heading(filters_from({"kind": "loop"})) == "Loops"


def test_each_chip_names_the_parameters_it_removes():
    found = chips(filters_from({"q": "x", "bpm_min": "120", "key": "Am", "compatible": "strict", "price_max": "0"}))
    assert [(chip["label"], chip["params"]) for chip in found] == [
        ("“x”", ["q"]),
        ("from 120 BPM", ["bpm_min", "bpm_max"]),
        ("A min and compatible", ["key", "compatible"]),
        ("Free", ["price_max"]),
    ]
