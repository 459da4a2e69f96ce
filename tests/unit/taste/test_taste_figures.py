"""Decay, tempo density, preferences, order and reasons without a database."""

import itertools
import math
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from askchopper import policy
from askchopper.schemas.taste import Taste
from askchopper.schemas.view_models import taste as views
from askchopper.services import recommendation_metrics, taste_signals
from askchopper.services.taste import decay, density, preferences, profile, ranking, reasons, recommendations
from askchopper.services.taste.preferences import Evidence
from askchopper.services.taste.reasons import Traits
from askchopper.taste_vocabulary import TasteFacet, TasteSignal

NOW = datetime(2026, 11, 29, tzinfo=UTC)
EVENTS = st.lists(
    st.tuples(st.floats(-5, 5), st.integers(-400, 400)), min_size=1, max_size=30
)  # weight, and days before or after the reference


def stored(events: list[tuple[float, int]]) -> float:
    return sum(weight * decay.factor(decay.REFERENCE + timedelta(days=days), 30) for weight, days in events)


def test_a_weight_halves_in_a_half_life():
    value = 3.0 * decay.factor(NOW, 30)
    assert decay.decayed(value, NOW, 30) == pytest.approx(3.0)
    assert decay.decayed(value, NOW + timedelta(days=30), 30) == pytest.approx(1.5)
    assert decay.decayed(value, NOW + timedelta(days=300), 30) == pytest.approx(3.0 / 1024)


@given(EVENTS)
def test_adding_commutes(events):
    assert stored(events) == pytest.approx(stored(events[::-1]), rel=1e-9, abs=1e-6)


@given(EVENTS, EVENTS)
def test_adding_in_parts_is_adding_at_once(first, second):
    assert stored(first) + stored(second) == pytest.approx(stored(first + second), rel=1e-9, abs=1e-6)


def test_stored_weights_stay_finite_for_decades_with_the_shortest_half_life():
    assert math.isfinite(decay.factor(datetime(2045, 1, 1, tzinfo=UTC), 7))


def test_density_is_smooth_and_highest_at_the_tempo():
    curve = density.curve({128.0: 3.0})
    assert max(curve) == 1.0
    assert density.at(curve, 128) > 0.95
    assert 0.6 < density.at(curve, 124) < 1.0
    assert density.at(curve, 150) < 0.01
    steps = [abs(after - before) for before, after in itertools.pairwise(curve)]
    assert max(steps) < 0.35  # no edges as of a range


def test_half_and_double_tempo_are_related():
    curve = density.curve({140.0: 1.0})
    assert density.at(curve, 70) == pytest.approx(density.ECHO, abs=0.05)
    assert density.at(density.curve({140.0: 1.0}, echo=0.0), 70) < 0.01


@given(st.dictionaries(st.floats(20, 400), st.floats(-100, 100), max_size=20))
@example({20.0: -1.0, 21.0: 2.225073858507e-311})
def test_density_is_bounded(weights):
    assert all(math.isfinite(value) and value <= 1.0 for value in density.curve(weights))


def test_two_tempi_are_two_peaks():
    peaks = density.peaks(density.curve({90.0: 2.0, 174.0: 1.0}, echo=0.0))
    assert [round(bpm / 10) for bpm in peaks] == [9, 17]


def evidence(
    facet: TasteFacet, value: str, weight: float, *, kind: TasteSignal = TasteSignal.PLAY, times: int = 1
) -> Evidence:
    return Evidence(facet.value, value, kind.value, weight, times, datetime.now(UTC))


def test_preferences_are_relative_to_the_most_liked():
    liked = preferences.build(
        [evidence(TasteFacet.GENRE, "techno", 4.0), evidence(TasteFacet.GENRE, "house", 1.0), evidence(TasteFacet.GENRE, "jazz", -9.0)], {}
    )  # fmt: skip
    assert liked.of(TasteFacet.GENRE) == {"techno": 1.0, "house": 0.25, "jazz": -1.0}
    assert liked.favourites(TasteFacet.GENRE, 5) == ["techno", "house"]


def test_nothing_and_dislikes_only_are_no_taste():
    assert not preferences.build([], {})
    assert not preferences.build([evidence(TasteFacet.GENRE, "jazz", -2.0)], {})


def test_corrections_win():
    heard = [evidence(TasteFacet.GENRE, "techno", 4.0), evidence(TasteFacet.GENRE, "house", 2.0)]
    corrections = {
        ("genre", "techno"): "never",
        ("genre", "ambient"): "more",
        ("genre", "house"): "less",
        ("tempo", "90"): "more",
    }
    liked = preferences.build(heard, corrections)
    assert liked.of(TasteFacet.GENRE) == {"techno": -1.0, "ambient": 1.0, "house": 0.125}
    assert liked.never == {"genre": ["techno"]}
    assert liked.tempo[89] == pytest.approx(1.0, abs=0.05)


def test_stored_preferences_are_read_back():
    liked = preferences.build([evidence(TasteFacet.TEMPO, "128", 4.0)], {})
    assert preferences.Preferences.from_json(liked.as_json()) == liked
    assert preferences.Preferences.from_json({}) == preferences.NONE


@pytest.mark.parametrize(
    ("seconds", "length", "amount"),
    [(30, 60, 1.0), (300, 400, 1.0), (15, 60, 0.5), (2, 60, 0.0), (0.5, 0.5, 0.3), (2.5, 2.5, 0.3), (3, 3.1, 0.3), (0, 10, 0.0)],
)  # fmt: skip
def test_plays_count_by_seconds_heard(seconds: float, length: float, amount: float):
    assert taste_signals.play_amount(seconds, length) == pytest.approx(amount)


def test_every_signal_has_a_weight():
    assert set(policy.TASTE_WEIGHTS) == {kind.value for kind in TasteSignal}
    for kind in (TasteSignal.SKIP, TasteSignal.DISMISSAL, TasteSignal.REFUND):
        assert policy.TASTE_WEIGHTS[kind] < 0
    assert policy.TASTE_WEIGHTS["purchase"] == -policy.TASTE_WEIGHTS["refund"]


@pytest.mark.parametrize(
    ("facet", "value", "stored_value"),
    [
        (TasteFacet.GENRE, "techno", "techno"), (TasteFacet.GENRE, "polka", None), (TasteFacet.TEMPO, "128.4", "128"),
        (TasteFacet.TEMPO, "nan", None), (TasteFacet.TEMPO, "1e99", None), (TasteFacet.TEMPO, "١٢٨", None), (TasteFacet.TEMPO, "-1", None),
        (TasteFacet.KEY, "A minor", "A minor"), (TasteFacet.KEY, "H minor", None), (TasteFacet.KIND, "loop", "loop"),
        (TasteFacet.CREATOR, "x", None), (TasteFacet.BRIGHTNESS, "9.50", "9.5"), (TasteFacet.LOUDNESS, "inf", None),
    ],
)  # fmt: skip
def test_values_are_checked(facet: TasteFacet, value: str, stored_value: str | None):
    assert profile.normalise_value(facet, value) == stored_value


def test_because_counts_the_heaviest_first():
    found = [
        evidence(TasteFacet.GENRE, "techno", 1.0, times=9),
        evidence(TasteFacet.GENRE, "techno", 10.0, kind=TasteSignal.PURCHASE, times=2),
    ]
    assert reasons.because(found) == "2 purchases, 9 plays"
    assert reasons.because([]) == ""
    assert reasons.because([evidence(TasteFacet.GENRE, "techno", 1.0)]) == "1 play"


def test_reasons_are_sentences_about_what_happened():
    heard = [evidence(TasteFacet.GENRE, "techno", 4.0), evidence(TasteFacet.TEMPO, "128", 4.0)]
    liked = preferences.build(heard, {})
    by_value = {(one.facet, one.value): [one] for one in heard}
    pack = Traits("techno", "c", "Velvet", 127.0, ("A minor",))
    assert (
        reasons.why(pack, liked, by_value, is_exploration=False)
        == "Techno around 127 BPM, like what you played this week"
    )
    other = Traits("house", "c", "Velvet", 127.0, ())
    assert (
        reasons.why(other, liked, by_value, is_exploration=False)
        == "House around 127 BPM, the tempo of what you played this week"
    )
    assert reasons.why(other, liked, by_value, is_exploration=True) == "Outside your usual: House around 127 BPM"


def candidate(number: int, score: float, *, creator: str = "", genre: str = "techno", explores: bool = False):
    traits = Traits(genre, creator or f"c{number}", "Name", 128.0, ())
    return recommendations._Candidate(uuid.UUID(int=number), score, traits, explores)


def test_list_is_diverse_and_explores():
    same = [candidate(n, 1.0 - n / 100, creator="one") for n in range(10)]
    others = [candidate(20 + n, 0.9 - n / 100) for n in range(10)]
    new = [candidate(40 + n, 0.1, genre="jazz", explores=True) for n in range(10)]
    order = recommendations.arrange([*same, *others, *new], size=10)
    assert [one.is_exploration for one in order] == [False] * 4 + [True] + [False] * 4 + [True]
    assert len({one.traits.creator_id for one in order[:4]}) >= 3
    assert len({one.id for one in order}) == 10


def test_list_of_few_candidates_is_complete():
    assert len(recommendations.arrange([candidate(1, 1.0), candidate(2, 0.5, explores=True)])) == 2
    assert recommendations.arrange([]) == []


def test_ties_of_similarity_are_broken_by_taste():
    found = [("a", 0.90), ("b", 0.895), ("c", 0.5)]
    assert ranking.break_ties(found, {"a": 0.0, "b": 1.0, "c": 9.0}.__getitem__) == [
        ("b", 0.895),
        ("a", 0.90),
        ("c", 0.5),
    ]


def test_wheel_has_every_key_once_and_says_why():
    empty = Taste(dict.fromkeys(TasteFacet, ()), (), "", None, None, 0, is_known=False)
    wedges = views.wheel(empty)
    assert len({one.camelot for one in wedges}) == 24
    assert all(one.opacity == "0.00" for one in wedges)
    assert views.tempo_curve(empty, density.GRID) is None
    assert views.sound_sentence(empty) == ""


@pytest.mark.parametrize(
    ("one", "other"), [("What is a Reese bass?", "what is a reese bass"), ("Größe  & é", "grosse e"), ("¿", "")]
)
def test_questions_are_compared_by_words(one: str, other: str):
    assert recommendation_metrics.normalised(one) == recommendation_metrics.normalised(other)
