"""View models of the feed."""

from dataclasses import dataclass

from askchopper import routes
from askchopper.schemas.follows import FeedItem
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card
from askchopper.vocabulary import FeedKind


@dataclass(frozen=True)
class FeedRow:
    """An entry of the feed: who, what, and the pack to play if it is about one."""

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


def feed_row(item: FeedItem) -> FeedRow:
    """Format an entry of the feed."""
    facts = item.facts
    what, href = "released", routes.pack(item.slug)
    match item.kind:
        case FeedKind.PRICE:
            what = f"lowered the price from {facts['old_price']} to {facts['price']} tokens:"
        case FeedKind.RELEASE:
            what, href = f"releases on {facts['release_at'][:10]}:", routes.creator(item.creator_slug)
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
