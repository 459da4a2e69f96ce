"""View models of the feed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from askchopper import routes
from askchopper.plurals import counted
from askchopper.schemas.follows import FeedItem
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card
from askchopper.vocabulary import FeedKind


@dataclass(frozen=True)
class FeedRow:
    """An entry of the feed: who did what, and the pack to play, if any."""

    id: str
    kind: str
    who: str
    who_href: str
    what: str
    title: str
    href: str
    date: str
    is_new: bool
    card: Card | None


def feed_row(item: FeedItem, early_hours: int = 0) -> FeedRow:
    """Format an entry of the feed. Planned releases open ``early_hours`` earlier for this member."""
    facts = item.facts
    what, href = "released", routes.pack(item.slug)
    match item.kind:
        case FeedKind.PRICE:
            what = f"lowered the price from {facts['old_price']} to {counted(int(facts['price']), 'token')}:"
        case FeedKind.RELEASE:
            release_at = datetime.fromisoformat(facts["release_at"])
            what, href = f"releases on {release_at:%-d %B}:", routes.creator(item.creator_slug)
            opens_at = release_at - timedelta(hours=early_hours)
            if "draft" in facts and opens_at <= datetime.now(UTC) < release_at:
                what, href = (
                    f"releases on {release_at:%-d %B}, and you can hear it now:",
                    routes.draft_preview(facts["draft"]),
                )
        case FeedKind.COLLECTION:
            what, href = f"{facts['count']} new in the collection", routes.collection(item.slug)
        case FeedKind.SEARCH:
            what, href = "New sounds for your search", f"{routes.BROWSE}?{facts.get('query', '')}&sort=newest"
        case FeedKind.PACK:
            pass
    return FeedRow(
        id=item.id,
        kind=item.kind.value,
        who=item.creator_name,
        who_href=routes.creator(item.creator_slug) if item.creator_slug else "",
        what=what,
        title=item.title,
        href=href,
        date=f"{item.happened_at:%-d %b %Y}",
        is_new=item.is_new,
        card=catalogue.card(item.pack) if item.pack else None,
    )
