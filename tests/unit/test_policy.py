"""Rules that are written once: texts and thresholds read them, frozen texts agree with them."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from askchopper import policy
from askchopper.media.quality import rules
from askchopper.schemas import licence_summaries
from askchopper.schemas.view_models import studio
from askchopper.services.catalogue import licences
from askchopper.services.studio import pack_content
from askchopper.vocabulary import Certainty, LicenceKind

PACKAGE = Path(policy.__file__).parent
BOUNDARY = policy.SURE_CONFIDENCE


def _mark(confidence: float) -> str:
    measured = SimpleNamespace(bpm_confidence=confidence)
    return studio._mark(measured, 128.0, is_set=False, confidence=confidence)  # type: ignore[arg-type]


def _certainty(confidence: float) -> Certainty:
    row = SimpleNamespace(
        is_bpm_set=False,
        is_key_set=False,
        is_note_set=False,
        note_confidence=None,
        bpm_confidence=confidence,
        key_confidence=None,
    )
    line = SimpleNamespace(bpm=128.0, key=None, note=None)
    return pack_content._certainty(line, row)  # type: ignore[arg-type]


@pytest.mark.parametrize("confidence", [0.3, 0.5, 0.55, BOUNDARY - 0.001, BOUNDARY, BOUNDARY + 0.05, 0.8, 0.99])
def test_unsure_values_are_the_ones_to_check(confidence: float):
    is_asked = _mark(confidence) == "check"
    is_noted = confidence < rules.limit("tempo_unsure")
    assert (_certainty(confidence) is Certainty.LOW) == is_asked == is_noted


def test_licence_text_states_the_policy_limits():
    standard = licences.licence_text(LicenceKind.STANDARD).body
    assert licence_summaries.STANDARD_LIMITS in standard
    assert f"{policy.STANDARD_LICENCE_STREAMS:,} streams" in licence_summaries.SUMMARIES[LicenceKind.STANDARD]
    assert set(licence_summaries.SUMMARIES) == set(licence_summaries.TITLES) == set(LicenceKind)


def test_released_licence_texts_are_frozen():
    hashes = {kind.value: licences.licence_text(kind).sha256[:16] for kind in LicenceKind}
    assert hashes == {"standard": "e73e5250618d6fee", "broadcast": "cb4a0306f09d09b1"}


def test_platform_fee_and_seller_share_sum_to_the_price():
    for price in range(policy.MAX_PRICE_TOKENS + 1):
        fee = policy.platform_fee_tokens(price, policy.SELLER_SHARE_PERCENT)
        assert 0 <= fee <= price * policy.PLATFORM_FEE_PERCENT / 100


def test_sound_format_names_cover_the_extensions():
    aliases = {"wave": "wav", "aif": "aiff", "oga": "ogg"}
    named = {word.lower() for word in re.findall(r"\w+", policy.SOUND_FORMATS)} - {"or"}
    assert {aliases.get(extension, extension) for extension in policy.SOUND_EXTENSIONS} == named


REPEATED = re.compile(
    r"\b24 ?hours|interval '\d+ (?:hours|days)'|\b80 ?(?:%|percent) of|keeps? 80|\* 20 / 100|500[,_]?000 (?:streams|plays)"
    r"|100[,_]?000 (?:streams|plays)|\b200 MB\b|\b12[,_]?000 characters|at most 10 files|within a day of"
)


def test_no_module_repeats_a_policy_value():
    sources = [path for pattern in ("*.py", "*.toml", "*.sql") for path in PACKAGE.rglob(pattern)]
    allowed = {"policy.py", "previous_release"}
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()[:100]}"
        for path in sources
        if not allowed & set(path.relative_to(PACKAGE).parts)
        for line in path.read_text(encoding="utf-8").splitlines()
        if REPEATED.search(line)
    ]
    assert found == []
