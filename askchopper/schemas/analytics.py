"""Analytics figures for creators."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from askchopper.analytics_vocabulary import AudienceTrait, Dimension
from askchopper.schemas.wallet import Outstanding


class Figures(NamedTuple):
    """Totals of a period. ``net_tokens`` are the creator's earnings: sales less refunds and the platform fee."""

    shown: int = 0
    opened: int = 0
    played: int = 0
    liked: int = 0
    collected: int = 0
    bought: int = 0
    downloaded: int = 0
    refunded: int = 0
    completed: int = 0
    listeners: int = 0
    seconds: float = 0.0
    gross_tokens: int = 0
    fee_tokens: int = 0
    refunded_tokens: int = 0

    @property
    def net_tokens(self) -> int:
        """Earnings in tokens after refunds and the platform fee."""
        return self.gross_tokens - self.refunded_tokens - self.fee_tokens

    @property
    def sales(self) -> int:
        """Purchases less refunds. A refund counts on its own day, so a day's value may be negative."""
        return self.bought - self.refunded

    @property
    def average_seconds(self) -> float | None:
        """Mean seconds heard per play; None without plays."""
        return self.seconds / self.played if self.played else None

    @property
    def completion(self) -> float | None:
        """Share of plays that reached the end; None without plays."""
        return self.completed / self.played if self.played else None

    @property
    def conversion(self) -> float | None:
        """Sales per play; None without plays."""
        return self.sales / self.played if self.played else None

    @staticmethod
    def total(figures: "Iterable[Figures]") -> "Figures":
        """Sum figures."""
        return Figures(*(sum(column) for column in zip(*figures, strict=True)))


@dataclass(frozen=True)
class Part:
    """The figures for one value of a dimension, such as a country."""

    value: str
    figures: Figures


@dataclass(frozen=True)
class PackFigures:
    """The figures of one pack of the creator."""

    slug: str
    title: str
    figures: Figures


@dataclass(frozen=True)
class SoundStops:
    """Where plays of a sound stopped, or of the pack's preview if ``file_id`` is empty.

    ``parts`` are the shares of the ``stopped`` plays in each fiftieth of the length; empty without any.
    """

    file_id: str
    title: str
    length_seconds: float
    plays: int
    stopped: int
    parts: tuple[float, ...]
    peaks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Period:
    """A range of days in a creator's time zone, both ends included, which is compared with the preceding range of the same length."""

    first: date
    last: date
    zone: str

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Analytics:
    """A creator's or a pack's figures in a period.

    Args:
        period: period of all figures.
        total: totals of the period.
        before: totals of the preceding period of the same length.
        by_day: figures of every day of the period, oldest first.
        parts: figures by dimension and value, largest first.
        packs: packs of the creator, most earned first; empty for one pack.
        near_terms: search terms whose results showed the packs, but after which none was opened or played.
        audience: preferences of recent listeners of all the creator's packs: values and numbers of members by trait; small groups are
            left out.
        outstanding: pending and paid-out tokens, of all time and all packs.
        counted_at: time of the last event that is counted; None without events.
        pack_title: title of the pack; empty for all packs.
        creator_id: id of the creator.
        pack_id: id of the pack; None for all packs.
        stops: where plays of the pack's sounds and preview stopped, of all time, most played first; empty for all packs.
        own_packs: slug and title of all the creator's packs, newest first; empty for all packs.
    """

    creator_id: UUID
    pack_id: UUID | None
    period: Period
    total: Figures
    before: Figures
    by_day: tuple[tuple[date, Figures], ...]
    parts: Mapping[Dimension, tuple[Part, ...]] = field(default_factory=dict[Dimension, tuple[Part, ...]])
    packs: tuple[PackFigures, ...] = ()
    near_terms: tuple[Part, ...] = ()
    audience: Mapping[AudienceTrait, tuple[tuple[str, int], ...]] = field(
        default_factory=dict[AudienceTrait, tuple[tuple[str, int], ...]]
    )
    outstanding: Outstanding = field(default_factory=Outstanding)
    counted_at: datetime | None = None
    pack_title: str = ""
    stops: tuple[SoundStops, ...] = ()
    own_packs: tuple[tuple[str, str], ...] = ()

    @property
    def led_terms(self) -> tuple[Part, ...]:
        """Search terms after which a pack was opened, played or bought, not only shown."""
        terms = self.parts.get(Dimension.TERM, ())
        return tuple(
            one for one in terms if one.value and one.figures.opened + one.figures.played + one.figures.bought > 0
        )
