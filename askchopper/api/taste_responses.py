"""Response models of taste and recommendations."""

from pydantic import BaseModel

from askchopper.api import responses
from askchopper.schemas import taste as schema
from askchopper.services.taste import density
from askchopper.taste_vocabulary import TasteChoice, TasteFacet


class Value(BaseModel):
    """A value of a facet: its share of the liked sounds, the preference from -1 to 1, and the data it was computed from."""

    value: str
    label: str
    share: float
    liking: float
    because: str
    choice: TasteChoice | None

    @classmethod
    def of(cls, one: schema.TasteValue) -> "Value":
        return cls(
            value=one.value, label=one.label, share=one.share, liking=one.liking, because=one.because, choice=one.choice
        )


class CreatorValue(Value):
    """A creator; ``value`` is the id to use in corrections."""

    slug: str

    @classmethod
    def of(cls, one: schema.TasteValue) -> "CreatorValue":
        return cls(**Value.of(one).model_dump(), slug=one.slug)


class Density(BaseModel):
    """The density of tempi at a tempo, from 0 to 1."""

    bpm: float
    density: float


class Tempo(BaseModel):
    """Liked tempi as a smooth distribution, its peaks, and the data it was computed from."""

    peaks: list[Value]
    curve: list[Density]
    because: str


class Looking(BaseModel):
    """A record that an administrator read the profile."""

    at: responses.Moment
    reason: str


class Taste(BaseModel):
    """A taste profile."""

    genres: list[Value]
    tempo: Tempo
    keys: list[Value]
    kinds: list[Value]
    creators: list[CreatorValue]
    loudness_lufs: float | None
    brightness_hz: float | None
    signals: int
    half_life_days: float
    can_undo: bool
    inspections: list[Looking]

    @classmethod
    def of(cls, taste: schema.Taste) -> "Taste":
        def values(facet: TasteFacet) -> list[Value]:
            return [Value.of(one) for one in taste.values[facet]]

        curve = [
            Density(bpm=round(bpm, 2), density=value)
            for bpm, value in zip(density.GRID, taste.tempo, strict=True)
            if value > 0
        ]
        return cls(
            genres=values(TasteFacet.GENRE),
            tempo=Tempo(peaks=values(TasteFacet.TEMPO), curve=curve, because=taste.tempo_because),
            keys=values(TasteFacet.KEY),
            kinds=values(TasteFacet.KIND),
            creators=[CreatorValue.of(one) for one in taste.values[TasteFacet.CREATOR]],
            loudness_lufs=taste.loudness_lufs,
            brightness_hz=taste.brightness_hz,
            signals=taste.signals,
            half_life_days=taste.half_life_days,
            can_undo=taste.can_undo,
            inspections=[Looking(at=one.at, reason=one.reason) for one in taste.looked],
        )


class Recommended(responses.Pack):
    """A recommended pack with the reason; ``is_exploration`` if it is outside the viewer's usual taste."""

    why: str
    is_exploration: bool

    @classmethod
    def of(cls, one: schema.Recommended) -> "Recommended":  # pyright: ignore[reportIncompatibleMethodOverride]
        return cls(**responses.pack_fields(one.card), why=one.why, is_exploration=one.is_exploration)  # pyright: ignore[reportArgumentType]


class Recommendations(responses.List[Recommended]):
    """A list of recommendations without a next page, since the next request lists different ones."""
