"""Cards of collections."""

import reflex as rx

from askchopper.components import catalogue, reactions, theme
from askchopper.components.client import Go
from askchopper.schemas.view_models.collections import CollectionCard


def collection_grid(cards: rx.Var[list[CollectionCard]]) -> rx.Component:
    """Render collections in a grid of two to five columns."""
    return rx.el.ul(
        rx.foreach(cards, lambda card: rx.el.li(_card(card), key=card.slug, class_name="min-w-0")),
        class_name=catalogue.CARD_GRID,
    )


def _card(card: rx.Var[CollectionCard]) -> rx.Component:
    return rx.el.div(
        Go.create(reactions.mosaic(card.covers, class_name="w-full"), to=card.href, custom_attrs={"tabIndex": -1, "aria-hidden": "true"}),
        Go.create(card.title, to=card.href, class_name=catalogue.CARD_TITLE),
        rx.el.p(rx.cond(card.is_own, card.visibility, card.owner), dir="auto", class_name=f"{theme.SMALL} text-text-2 truncate"),
        rx.el.p(card.count, class_name="fact mt-0.5"),
        class_name="group min-w-0",
    )  # fmt: skip
