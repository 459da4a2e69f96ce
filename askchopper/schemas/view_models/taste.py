"""View models of taste: figures as inline SVG coordinates with text alternatives, and recommended cards."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from askchopper import routes
from askchopper.musical_key import ALL_KEYS, Mode, MusicalKey
from askchopper.plurals import counted
from askchopper.schemas.catalogue import PackCard
from askchopper.schemas.metrics import Funnel, Kpi, Metrics, Repeats, Sessions
from askchopper.schemas.taste import Looking, Recommended, Taste, TasteValue
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card, Sound
from askchopper.taste_vocabulary import TasteChoice, TasteFacet

WIDTH, HEIGHT = 1000, 160
WHEEL = 360  # side of the square that the wheel is drawn in
_RINGS = {Mode.MAJOR: (118.0, 174.0), Mode.MINOR: (62.0, 116.0)}
_GAP_DEGREES = 1.6
_LABELLED_BPM = (60, 80, 100, 120, 140, 174)
_CHOICES = {TasteChoice.MORE: "You want more", TasteChoice.LESS: "You want less", TasteChoice.NEVER: "Not your taste"}
_DARK_HZ, _BRIGHT_HZ = 500, 1_200
_LOUD_LUFS, _QUIET_LUFS = -11, -18
_NO_EVENTS = "Nothing yet"
_NOT_MEASURED = "Could not be measured"


@dataclass(frozen=True)
class Value:
    """A value with its bar: ``width`` in percent, the data it was computed from, and the member's correction as text."""

    facet: str
    value: str
    label: str
    percent: str
    width: str
    because: str
    choice: str
    choice_text: str
    href: str = ""


@dataclass(frozen=True)
class CreatorValue:
    """A liked creator with their most played pack."""

    value: Value
    cover: str
    sound: Sound | None


@dataclass(frozen=True)
class Tick:
    """A label under the tempo curve and its place in percent of the width."""

    label: str
    left: str


@dataclass(frozen=True)
class TempoCurve:
    """The density of tempi. ``line`` and ``area`` are points in a space of ``WIDTH`` by ``HEIGHT``; ``text`` is the text alternative."""

    line: str
    area: str
    text: str
    because: str
    ticks: list[Tick]


@dataclass(frozen=True)
class Wedge:
    """A key on the Camelot wheel: its outline, the position of its label, and the preference from 0 to 1."""

    path: str
    x: str
    y: str
    camelot: str
    opacity: str
    is_strong: bool
    title: str


@dataclass(frozen=True)
class Figure:
    """A metric with its definition, for administrators."""

    label: str
    value: str
    definition: str


def looked(found: Sequence[Looking]) -> list[dict[str, str]]:
    """Format when and why administrators read the member's profile."""
    return [{"at": f"{one.at:%-d %B %Y, %H:%M} UTC", "reason": one.reason} for one in found]


def recommended(found: Recommended) -> Card:
    """Format a recommended pack with its reason; its links record that it was opened from a recommendation."""
    card = catalogue.card(found.card)
    href = routes.recommended_pack(card.slug)
    return replace(card, href=href, sound=replace(card.sound, href=href), why=found.why)


def values(taste: Taste, facet: TasteFacet) -> list[Value]:
    """Format the values of a facet as bars; the longest has the full width."""
    listed = taste.values[facet]
    longest = max((one.share for one in listed), default=0.0) or 1.0
    return [_value(one, longest) for one in listed]


def creators(taste: Taste, packs: Mapping[str, PackCard]) -> list[CreatorValue]:
    """Format liked creators with their most played packs."""
    found: list[CreatorValue] = []
    for value in values(taste, TasteFacet.CREATOR):
        pack = packs.get(value.value)
        found.append(CreatorValue(value, pack.cover_key if pack else "", catalogue.pack_sound(pack) if pack else None))
    return found


def tempo_curve(taste: Taste, grid: Sequence[float]) -> TempoCurve | None:
    """Draw the density of tempi on a logarithmic axis; None if no tempo is known."""
    if not any(taste.tempo):
        return None
    step = WIDTH / (len(grid) - 1)
    line = " ".join(f"{place * step:.1f},{HEIGHT * (1 - value):.1f}" for place, value in enumerate(taste.tempo))
    octaves = math.log2(grid[-1] / grid[0])
    ticks = [Tick(str(bpm), f"{100 * math.log2(bpm / grid[0]) / octaves:.2f}%") for bpm in _LABELLED_BPM]
    peaks = [one.label.removeprefix("Around ") for one in taste.values[TasteFacet.TEMPO] if one.liking > 0]
    text = f"Liked tempos, most around {' and '.join(peaks)}" if peaks else "Liked tempos"
    return TempoCurve(line, f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}", text, taste.tempo_because, ticks)


def wheel(taste: Taste) -> list[Wedge]:
    """Draw the Camelot wheel: major keys outside, minor keys inside, filled by preference."""
    liked = {one.value: one for one in taste.values[TasteFacet.KEY]}
    return [_wedge(key, liked.get(key.name)) for key in ALL_KEYS]


def sound_sentence(taste: Taste) -> str:
    """Describe the loudness and brightness of liked sounds; empty if unknown."""
    parts: list[str] = []
    if taste.loudness_lufs is not None:
        word = (
            "loud"
            if taste.loudness_lufs > _LOUD_LUFS
            else "quiet"
            if taste.loudness_lufs < _QUIET_LUFS
            else "moderately loud"
        )
        parts.append(f"{word} ({taste.loudness_lufs:.0f} LUFS)")
    if taste.brightness_hz is not None:
        word = (
            "bright"
            if taste.brightness_hz > _BRIGHT_HZ
            else "dark"
            if taste.brightness_hz < _DARK_HZ
            else "neither dark nor bright"
        )
        parts.append(f"{word} (centre near {taste.brightness_hz:,.0f} Hz)")
    return f"Mostly {' and '.join(parts)}." if parts else ""


def metrics(found: Metrics, *, gap_minutes: int, window_days: int) -> list[list[Figure]]:
    """Format product metrics in three groups, with placeholders for missing data and failed measurements."""
    return [
        _funnel(found.funnel, found.days, window_days) if found.funnel else _not_measured("Recommendations"),
        _visits(found.sessions, gap_minutes) if found.sessions else _not_measured("Visits"),
        _questions(found.repeats, found.days) if found.repeats else _not_measured("Questions"),
    ]


def _funnel(funnel: Funnel, days: int, window_days: int) -> list[Figure]:
    of_shown = f"Of the packs shown under For you in the last {days} days"
    return [
        Figure("Shown", f"{funnel.shown:,}", f"Packs listed under For you in the last {days} days, each time counted, to {counted(funnel.members, 'member')}."),
        Figure("Opened", _share(funnel.opened, funnel.shown), f"{of_shown}, those whose page was opened from there."),
        Figure("Played", _share(funnel.played, funnel.shown), f"{of_shown}, those that were played within {window_days} days."),
        Figure("Bought", _share(funnel.bought, funnel.shown), f"{of_shown}, those that were bought within {window_days} days, in whole or in part."),
    ]  # fmt: skip


def _visits(visits: Sessions, gap_minutes: int) -> list[Figure]:
    return [
        Figure("Visits", f"{visits.count:,}", f"A visit ends after {gap_minutes} minutes without activity. Made by {counted(visits.members, 'member')}."),
        Figure("Median length", _length(visits.median_seconds), "From the first to the last thing done; a visit with a single action has length 0."),
        Figure("Mean length", _length(visits.mean_seconds), "Long visits weigh more than in the median."),
        Figure("90th percentile", _length(visits.p90_seconds), "One visit in ten is longer."),
    ]  # fmt: skip


def _questions(repeats: Repeats, days: int) -> list[Figure]:
    return [
        Figure("Questions", f"{repeats.questions:,}", f"Asked of the assistant in the last {days} days, without temporary chats."),
        Figure("Repeated", _share(repeats.repeated, repeats.questions), f"The same member asked in the same words within {days} days before. Case, accents and punctuation do not count."),
    ]  # fmt: skip


def _not_measured(name: str) -> list[Figure]:
    return [Figure(name, _NOT_MEASURED, "It took too long or failed. The log says why.")]


def kpis(found: Sequence[Kpi]) -> list[Figure]:
    """Format the product targets."""
    return [
        Figure(
            one.name,
            _NOT_MEASURED if one.part is None else _NO_EVENTS if one.share is None else f"{one.share:.0%}",
            one.definition
            if one.part is None or one.share is None
            else f"{one.definition} {one.part:,.0f} of {one.whole:,}.",
        )
        for one in found
    ]


def _value(one: TasteValue, longest: float) -> Value:
    return Value(
        facet=one.facet.value,
        value=one.value,
        label=one.label,
        percent=f"{one.share:.0%}",
        width=f"{100 * one.share / longest:.1f}%",
        because=one.because or ("You said so" if one.choice else ""),
        choice=one.choice.value if one.choice else "",
        choice_text=_CHOICES[one.choice] if one.choice else "",
        href=_href(one),
    )


def _href(one: TasteValue) -> str:
    match one.facet:
        case TasteFacet.CREATOR:
            return routes.creator(one.slug)
        case TasteFacet.GENRE:
            return routes.genre(one.value)
        case TasteFacet.TEMPO:
            return routes.browse(bpm_min=f"{0.97 * float(one.value):.0f}", bpm_max=f"{1.03 * float(one.value):.0f}")
        case TasteFacet.KEY:
            return routes.browse(key=one.value)
        case TasteFacet.KIND:
            return routes.browse(kind=one.value)
        case _:
            return routes.BROWSE


def _wedge(key: MusicalKey, one: TasteValue | None) -> Wedge:
    inner, outer = _RINGS[key.mode]
    hour = int(key.camelot[:-1]) % 12
    start, end = math.radians(30 * hour - 15 + _GAP_DEGREES / 2), math.radians(30 * hour + 15 - _GAP_DEGREES / 2)
    corners = [_point(outer, start), _point(outer, end), _point(inner, end), _point(inner, start)]
    path = (
        f"M{corners[0]} A{outer:g} {outer:g} 0 0 1 {corners[1]} L{corners[2]} A{inner:g} {inner:g} 0 0 0 {corners[3]} Z"
    )
    middle = _point((inner + outer) / 2, math.radians(30 * hour)).split(" ")
    liking = max(0.0, one.liking) if one else 0.0
    share = f": {one.share:.0%}, {one.because}" if one and one.because else ""
    return Wedge(path, middle[0], middle[1], key.camelot, f"{liking:.2f}", liking > 0.45, f"{key.spoken}{share}")


def _point(radius: float, angle: float) -> str:
    return f"{WHEEL / 2 + radius * math.sin(angle):.1f} {WHEEL / 2 - radius * math.cos(angle):.1f}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%} ({part:,})" if whole else _NO_EVENTS


def _length(seconds: float | None) -> str:
    if seconds is None:
        return _NO_EVENTS
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
