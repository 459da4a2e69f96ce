"""Pack cards as plain HTML, in the geometry of ``catalogue.card_grid``, for pages before their JavaScript runs."""

from collections.abc import Sequence
from html import escape

from askchopper.components import catalogue, theme
from askchopper.schemas.view_models.catalogue import Card

PACKS_ID = "first-packs"


def card_grid(cards: Sequence[Card]) -> str:
    """Render pack cards as an HTML list of links."""
    items = "".join(f'<li class="min-w-0">{_card(card, is_eager=place == 0)}</li>' for place, card in enumerate(cards))
    return f'<ul class="{catalogue.CARD_GRID}">{items}</ul>'


def _card(card: Card, *, is_eager: bool) -> str:
    price = "Free" if card.price == "0" else f"{card.price} tokens"
    return (
        f'<a href="{escape(card.href)}" tabindex="-1" aria-hidden="true">{_cover(card.cover, is_eager=is_eager)}</a>'
        f'<a class="{catalogue.CARD_TITLE}" href="{escape(card.href)}">{escape(card.title)}</a>'
        f'<a class="{catalogue.CARD_CREATOR}" href="{escape(card.creator_href)}">{escape(card.creator)}</a>'
        f'<div class="{catalogue.CARD_FACTS}"><span class="{theme.FACT}">{escape(card.bpm)}</span>'
        f'<span class="{theme.FACT}">{escape(card.key)}</span>'
        f'<span class="{theme.FACT} ml-auto">{escape(price)}</span></div>'
    )


def _cover(key: str, *, is_eager: bool) -> str:
    if not key:
        return f'<span class="block bg-surface-2 {catalogue.CARD_COVER}"></span>'
    path = f"/media/covers/{escape(key)}"
    return (
        f'<img class="object-cover bg-surface-2 {catalogue.CARD_COVER}" src="{path}/320.webp" alt="" width="280"'
        f' height="280" srcset="{path}/320.webp 320w, {path}/640.webp 640w" sizes="{catalogue.CARD_SIZES}"'
        f' loading="{"eager" if is_eager else "lazy"}">'
    )
