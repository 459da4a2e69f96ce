"""The first view of public pages as plain HTML, which the server inserts for clients that have not run JavaScript yet, or never do.

Each function renders the first view with the same classes as the page itself, to avoid layout shift when the page takes over. The HTML is
the same for all viewers, so it may only contain public data. All texts are escaped.
"""

from collections.abc import Iterable, Sequence
from html import escape

import reflex as rx

from askchopper import routes
from askchopper.components import catalogue, reactions, shelves, theme
from askchopper.components.client import ServerHtml
from askchopper.components.community import TOOL
from askchopper.musical_key import MusicalKey
from askchopper.schemas.catalogue import CreatorDetail, PackDetail
from askchopper.schemas.creators import Portfolio
from askchopper.schemas.view_models import catalogue as view_models
from askchopper.schemas.view_models.catalogue import Card, SoundRow
from askchopper.schemas.view_models.creators import by_year, reach

PLACE_ID = "first-view"
GRID_COLUMNS = "md:!grid-cols-3 lg:!grid-cols-4"  # of the browse page, which has the filters beside it

# Shared with the pages' own content.
PACK_WASH = "wash absolute inset-x-0 top-0 h-[320px] -z-10 pointer-events-none"
PACK_COLUMNS = "pt-8 grid gap-8 md:grid-cols-[minmax(0,1fr)_280px] lg:grid-cols-[minmax(0,1fr)_340px]"
# On a phone the sounds come before what describes the pack, so the parts of the first column are laid out one by one.
PACK_MAIN = "min-w-0 max-sm:contents"
PACK_TOP = "max-sm:contents sm:grid sm:grid-cols-[auto_minmax(0,1fr)] sm:grid-rows-[auto_1fr] sm:gap-x-6 md:gap-x-8"
PACK_SUMMARY = "min-w-0"
PACK_ABOUT = "min-w-0 max-sm:order-2 sm:col-start-2"
PACK_PREVIEW = "max-sm:order-3 sm:mt-6"
PACK_COVER = "size-[200px] lg:size-[280px] rounded-cover"
PACK_COVER_PLACE = "relative justify-self-center sm:self-start sm:row-span-2"
PACK_FACTS = "flex flex-wrap gap-x-4 sm:gap-x-6 gap-y-2 mt-4 sm:mt-5"
PACK_ACTIONS = "flex flex-wrap items-center gap-2 mt-5"
PACK_COLLECT_LABEL = "max-sm:sr-only"  # one line of actions
PACK_DESCRIPTION = f"{theme.BODY} text-text-2 sm:mt-5 max-w-[68ch]"
PACK_BUYING = "max-md:order-last md:pl-7 md:border-l border-line"
PACK_CONTENTS = "min-w-0 max-sm:order-1 lg:col-span-2 sm:pt-4 md:pt-6"
BIO = f"{theme.BODY} text-text-2 mt-3 max-w-[68ch] whitespace-pre-line"
TAGS = "flex flex-wrap gap-2"
# On a phone below name and place, so that nothing moves once it says "Following".
CREATOR_ACTIONS = "flex gap-2 max-sm:basis-full max-sm:order-1 max-sm:mt-2"
CREATOR_NAME = "flex flex-wrap items-center gap-x-5"
CREATOR_PLACE = "text-text-3 basis-full"
_BUTTON = f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}"
_FOLLOWED = "flex items-center min-h-[44px] md:min-h-[40px]"  # a name with the button to follow beside it


def place(*skeleton: rx.Component, class_name: str = "") -> rx.Component:
    """Render the placeholder of the first view; the skeleton shows if the server did not insert one, as after client-side navigation."""
    return rx.fragment(
        ServerHtml.create(id=PLACE_ID, class_name="peer"),
        rx.el.div(*skeleton, class_name=f"{class_name} peer-[:not(:empty)]:hidden", aria_busy="true"),
    )


def card_grid(cards: Sequence[Card], *, class_name: str = "", eager: int = 1) -> str:
    """Render pack cards as an HTML list of links; the first ``eager`` covers load eagerly."""
    items = "".join(
        f'<li class="min-w-0">{_card(card, is_eager=place < eager)}</li>' for place, card in enumerate(cards)
    )
    return f'<ul class="{catalogue.CARD_GRID} {class_name}">{items}</ul>'


def landing(cards: Sequence[Card]) -> str:
    """Render the newest packs on the landing page."""
    return card_grid(cards, class_name=shelves.SIX)


def browse(cards: Sequence[Card]) -> str:
    """Render the first packs of the browse page."""
    return f'<div class="pt-2">{card_grid(cards, class_name=GRID_COLUMNS, eager=2)}</div>'


def pack(found: PackDetail) -> str:
    """Render a pack's page: cover, title, facts, description and sounds."""
    card = view_models.card(found.card)
    tags = [(found.card.genre, routes.genre(found.card.genre_slug))]
    tags += [(name, routes.tag(slug)) for name, slug in zip(found.card.tags, found.tag_slugs, strict=True)]
    rows = "".join(f"<li>{_content_row(view_models.sound_row(file))}</li>" for file in found.files)
    return (
        f'<div class="{PACK_WASH}" style="--hue: {found.card.cover_hue}"></div>'
        f'<div class="{theme.PAGE} {PACK_COLUMNS}"><div class="{PACK_MAIN}"><div class="{PACK_TOP}">'
        f'<div class="{PACK_COVER_PLACE}">{_cover(card.cover, PACK_COVER, is_eager=True)}</div>'
        f'<div class="{PACK_SUMMARY}"><h1 dir="auto" class="{theme.TITLE_1} text-balance">{escape(card.title)}</h1>'
        f'<p class="flex gap-2 mt-2">{_link(card.creator_href, card.creator, "font-semibold")}'
        f'<span class="text-text-3">{escape(found.creator_place)}</span></p>'
        f'<div class="{PACK_FACTS}">{_facts(found, card)}</div>{_ACTIONS}</div>'
        f'<div class="{PACK_ABOUT}"><p dir="auto" class="{PACK_DESCRIPTION}">{escape(found.description)}</p>{_chips(tags, "mt-5")}</div></div>'
        f'<div class="{PACK_PREVIEW}"><p class="{theme.LABEL} text-text-2 mb-2">Pack preview</p><div class="h-[64px]"></div></div></div>'
        f'<div class="{PACK_BUYING}"><div class="h-[280px]"></div></div>'
        f'<section class="{PACK_CONTENTS}"><h2 class="{theme.TITLE_2} min-h-[44px] md:min-h-[40px] mb-3 flex items-center">'
        f'<span><span class="font-mono">{found.card.file_count}</span> sounds</span></h2><ul class="@container">{rows}</ul></section></div>'
    )


def creator(found: CreatorDetail, portfolio: Portfolio) -> str:
    """Render a creator's page: picture, name, text and packs."""
    initials = "".join(word[0] for word in found.name.split()[:2]).upper()
    banner = (
        f'<img src="{routes.MEDIA_COVER}/{escape(portfolio.banner_key)}/640.webp" alt=""'
        ' class="w-full h-[120px] md:h-[200px] object-cover rounded-cover mb-6">'
        if portfolio.banner_key
        else ""
    )
    picture = (
        f'<img src="{routes.MEDIA_COVER}/{escape(found.picture_key)}/320.webp" alt="" width="80" height="80" class="size-full rounded-full object-cover">'
        if found.picture_key
        else escape(initials)
    )
    counts = ((f"{found.pack_count:,}", "packs"), (f"{found.file_count:,}", "sounds"))
    facts = "".join(
        f'<span class="text-text-2"><span class="fact text-text-1">{count}</span> {word}</span>'
        for count, word in counts
    )
    words = (*reach(portfolio), f"Member since {found.since:%B %Y}")
    facts += "".join(f'<span class="text-text-2">{word}</span>' for word in words)
    facts += f'<a href="{escape(routes.creator_feed(found.slug))}" class="{theme.LINK}">RSS</a>'
    tags = [(name, routes.tag(slug)) for slug, name in portfolio.tags]
    groups = [("Featured", [view_models.card(one) for one in portfolio.featured])] if portfolio.featured else []
    groups += [(group.year, group.cards) for group in by_year(found.packs)]
    sections = "".join(
        f'<h2 class="{theme.TITLE_2} {"font-mono" if title.isdigit() else ""} mt-12 mb-4">{escape(title)}</h2>{card_grid(cards, eager=0 if place else 2)}'
        for place, (title, cards) in enumerate(groups)
    )
    return (
        f'{banner}<div class="flex flex-col sm:flex-row gap-6">'
        f'<span class="grid place-items-center rounded-full shrink-0 font-semibold size-[80px] bg-surface-3 text-[24px]" aria-hidden="true">{picture}</span>'
        f'<div class="min-w-0 flex-1"><div class="{CREATOR_NAME}"><h1 dir="auto" class="{theme.TITLE_1}">{escape(found.name)}</h1>'
        f'<div class="{CREATOR_ACTIONS} invisible" aria-hidden="true"><span class="{_BUTTON}">Follow</span></div>'
        f'<p class="{CREATOR_PLACE}">{escape(found.place)}</p></div><p dir="auto" class="{BIO}">{escape(found.bio)}</p>'
        f'<p class="flex flex-wrap gap-x-6 gap-y-1 mt-4">{facts}</p>'
        f"{_chips(tags, 'mt-4')}</div></div>{sections}"
    )


def category(
    title: str, sentence: str, *, neighbours: Sequence[tuple[str, str]], query: dict[str, str], cards: Sequence[Card]
) -> str:
    """Render a genre's or tag's page: name, description, related categories and packs.

    Args:
        title: name of the category.
        sentence: description with the numbers of packs and sounds.
        neighbours: name and path of related categories.
        query: URL parameters of the search for all its packs.
        cards: most played packs of the category.
    """
    all_packs = _link(routes.browse(**query, view="grid"), "All packs", f"{theme.LINK} ml-auto py-2")
    return (
        f'<div class="{_FOLLOWED}"><h1 class="{theme.TITLE_1}">{escape(title)}</h1></div>'
        f'<p class="text-text-2 mt-1">{escape(sentence)}</p>{_chips(neighbours, "mt-4")}'
        f'<div class="flex items-baseline mt-10 mb-4"><h2 class="{theme.TITLE_2}">Packs</h2>{all_packs}</div>{card_grid(cards, class_name=shelves.FULL_ROWS, eager=2)}'
    )


# Scripts render the buttons; until then, an invisible placeholder reserves their space.
_ACTIONS = (
    f'<div class="{PACK_ACTIONS} invisible" aria-hidden="true">'
    + "".join(
        f'<span class="{classes}">{label}</span>'
        for label, classes in (
            ("0000", reactions.LIKE_WITH_COUNT),
            (f'00<span class="{PACK_COLLECT_LABEL}"> Add to collection</span>', _BUTTON),
            ("00 Share", _BUTTON),
            ("Report", f"{TOOL} !mx-1"),
        )
    )
    + "</div>"
)


def _facts(found: PackDetail, card: Card) -> str:
    def fact(value: str, word: str = "", word_class: str = f"{theme.SMALL} text-text-2") -> str:
        said = f'<span class="{word_class}">{word}</span>' if word else ""
        return f'<span class="inline-flex items-baseline gap-1 whitespace-nowrap"><span class="fact text-text-1">{escape(value)}</span>{said}</span>'

    key = MusicalKey.parse(found.card.keys[0]) if len(found.card.keys) == 1 else None
    rating = found.card.rating_average
    return "".join(
        (
            fact(card.bpm, "BPM"),
            fact(card.key, key.camelot if key else "", "fact"),
            fact(f"★ {rating:.1f}") if rating is not None else "",
            fact(str(found.card.file_count), "sounds"),
            fact(view_models.clock(found.card.duration_seconds)),
            fact(view_models.size(found.card.size_bytes)),
        )
    )


def _content_row(row: SoundRow) -> str:
    figures = "".join(f"<span>{escape(value)}</span>" for value in (row.sound.bpm, row.sound.key, row.time))
    cells = "".join(
        f'<span class="{catalogue.FACT_CELL}">{escape(value)}</span>'
        for value in (row.sound.bpm, row.sound.key, row.time)
    )
    return (
        f'<div class="{catalogue.ROW}"><div class="{catalogue.CONTENT_ROW}"><span></span><div class="min-w-0">'
        f'<p dir="auto" class="{catalogue.TITLE}">{escape(row.sound.title)}</p>'
        f'<p class="fact flex items-center gap-3 md:hidden whitespace-nowrap overflow-hidden"><span class="font-ui text-[13px]">{row.type}</span>{figures}</p></div>'
        f'<span class="{theme.SMALL} text-text-2 hidden md:block {catalogue.SPARE}">{row.type}</span><span class="hidden sm:block"></span>{cells}</div></div>'
    )


def _card(card: Card, *, is_eager: bool) -> str:
    return (
        f'<a href="{escape(card.href)}" tabindex="-1" aria-hidden="true">{_cover(card.cover, catalogue.CARD_COVER, is_eager=is_eager)}</a>'
        f"{_link(card.href, card.title, catalogue.CARD_TITLE)}{_link(card.creator_href, card.creator, catalogue.CARD_CREATOR)}"
        f'<div class="{catalogue.CARD_FACTS}"><span class="{theme.FACT}">{escape(card.bpm)}</span>'
        f'<span class="{theme.FACT}">{escape(card.key)}</span>'
        f'<span class="ml-auto">{_price(card.price)}</span></div>'
    )


def _price(price: str) -> str:
    if price == "0":
        return '<span class="text-[12px] leading-[16px] font-semibold text-text-1">Free</span>'
    return (
        '<span class="fact text-text-1 inline-flex items-center gap-2"><i class="token text-text-3"></i>'
        f'<span>{escape(price)}</span><span class="sr-only"> tokens</span></span>'
    )


def _cover(key: str, class_name: str, *, is_eager: bool) -> str:
    if not key:
        return f'<span class="block bg-surface-2 {class_name}"></span>'
    path = f"{routes.MEDIA_COVER}/{escape(key)}"
    loading = 'loading="eager" fetchpriority="high"' if is_eager else 'loading="lazy"'
    return (
        f'<img class="object-cover bg-surface-2 {class_name}" src="{path}/320.webp" alt="" width="280"'
        f' height="280" srcset="{path}/320.webp 320w, {path}/640.webp 640w" sizes="{catalogue.CARD_SIZES}" {loading}>'
    )


def _chips(entries: Iterable[tuple[str, str]], class_name: str) -> str:
    items = "".join(f"<li>{_link(path, name[:1].upper() + name[1:], theme.CHIP)}</li>" for name, path in entries)
    return f'<ul class="{TAGS} {class_name}">{items}</ul>' if items else ""


def _link(path: str, text: str, class_name: str) -> str:
    return f'<a dir="auto" class="{class_name}" href="{escape(path)}">{escape(text)}</a>'
