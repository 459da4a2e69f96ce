"""Server-rendered HTML of public pages: the head, and the first view or text for clients without JavaScript."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from askchopper import routes, settings
from askchopper.components import prerender
from askchopper.database import read_only
from askchopper.errors import NotFoundError
from askchopper.page_titles import pack_title, page_title
from askchopper.plurals import counted
from askchopper.schemas.catalogue import Category, PackCard
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.view_models import catalogue
from askchopper.services.catalogue import categories, detail
from askchopper.services.community import collections, creator_pages
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import pages
from askchopper.services.search import queries
from askchopper.vocabulary import PackSort, Visibility

MAX_DESCRIPTION = 160
MAX_PACKS = 24


@dataclass(frozen=True)
class PageHtml:
    """HTML fragments to insert: at the end of the head, at the end of the body, and in place of the first view."""

    head: str
    body: str = ""
    view: str = ""


async def pack(slug: str) -> PageHtml:
    """Render a pack's page.

    Raises:
        NotFoundError: no such pack is published.
    """
    async with read_only() as session:
        found = await detail.get_pack(session, None, slug=slug)
    card = found.card
    address = settings.get().base_url + routes.pack(card.slug)
    words = card.summary or found.description or f"{counted(card.file_count, 'sound')} by {card.creator.name}."
    image = _image(card)
    product: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": card.title,
        "description": _shortened(words),
        "image": image,
        "url": address,
        "category": card.genre,
        "brand": {"@type": "Brand", "name": card.creator.name},
    }
    if card.rating_average is not None:
        product["aggregateRating"] = {
            "@type": "AggregateRating", "ratingValue": card.rating_average, "ratingCount": card.rating_count,
        }  # fmt: skip
    head = _head(pack_title(card.title, card.creator.name), card.title, words, address, image, "music.album", product)
    described = f"{settings.get().base_url}/oembed?format=json&url={quote(address, safe='')}"
    head += f'<link data-ssr rel="alternate" type="application/json+oembed" href="{escape(described)}" title="{escape(card.title)}">'
    return PageHtml(head, view=prerender.pack(found))


async def creator(slug: str) -> PageHtml:
    """Render a creator's page.

    Raises:
        NotFoundError: there is no such creator.
    """
    async with read_only() as session:
        found = await detail.get_creator(session, None, slug=slug)
        portfolio = await creator_pages.get_portfolio(session, None, slug=slug)
    address = settings.get().base_url + routes.creator(found.slug)
    words = found.bio or f"{counted(found.pack_count, 'pack')} with {counted(found.file_count, 'sound')}."
    profile = {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "mainEntity": {"@type": "Person", "name": found.name, "description": _shortened(words), "url": address},
    }
    head = _head(page_title(found.name), found.name, words, address, _first_image(found.packs), "profile", profile)
    return PageHtml(head, view=prerender.creator(found, portfolio))


async def present_creator(slug: str) -> str | None:
    """Return the current slug of a creator by a former one; None if it is unknown."""
    async with read_only() as session:
        return await creator_pages.find_present_slug(session, slug=slug)


async def collection(slug: str) -> PageHtml:
    """Render a public collection's page. Other collections are not indexed, and only the page itself shows their content."""
    try:
        async with read_only() as session:
            found = await collections.get(session, None, slug=slug)
    except NotFoundError:
        return unlisted()
    summary = found.summary
    if summary.visibility is not Visibility.PUBLIC:
        return unlisted()
    address = settings.get().base_url + routes.collection(summary.slug)
    words = summary.description or f"{counted(summary.item_count, 'item')}, put together by {summary.owner_name}."
    facts = {"@context": "https://schema.org", "@type": "CollectionPage", "name": summary.title, "url": address}
    image = _image(next((one.pack for one in found.entries if one.pack and one.pack.cover_key), None))
    head = _head(page_title(summary.title), summary.title, words, address, image, "website", facts)
    entries = [one.pack.title if one.pack else one.title for one in found.entries]
    return PageHtml(
        head, _body(f"<h1>{escape(summary.title)}</h1><p>{escape(words)}</p>{_list(escape(one) for one in entries)}")
    )


async def genre(slug: str) -> PageHtml:
    """Render a genre's page.

    Raises:
        NotFoundError: there is no such genre.
    """
    async with read_only() as session:
        found = await categories.get_genre(session, slug=slug)
    return await _category(found, routes.genre, Filters(genre=found.slug), routes.tag)


async def tag(slug: str) -> PageHtml:
    """Render a tag's page.

    Raises:
        NotFoundError: no published pack has this tag.
    """
    async with read_only() as session:
        found = await categories.get_tag(session, slug=slug)
    return await _category(found, routes.tag, Filters(tags=(found.name,)), routes.genre)


async def term(slug: str) -> PageHtml:
    """Render a term's page.

    Raises:
        NotFoundError: there is no such term.
    """
    entry = glossary.by_slug(slug)
    address = settings.get().base_url + routes.term(entry.slug)
    facts = {
        "@context": "https://schema.org",
        "@type": "DefinedTerm",
        "name": entry.title,
        "description": entry.summary,
        "url": address,
    }
    head = _head(page_title(entry.title), entry.title, entry.summary, address, _image(None), "article", facts)
    return PageHtml(head, _body(f"<h1>{escape(entry.title)}</h1><p>{escape(entry.text)}</p>"))


async def artist(slug: str) -> PageHtml:
    """Render an artist's page.

    Raises:
        NotFoundError: there is none, or it was reported.
    """
    async with read_only() as session:
        found = await pages.get(session, slug)
    address = settings.get().base_url + routes.artist(found.slug)
    facts = {"@context": "https://schema.org", "@type": "ProfilePage", "url": address, "name": found.name}
    head = _head(page_title(found.name), found.name, found.summary, address, _image(None), "profile", facts)
    source = found.sources[0]
    return PageHtml(
        head,
        _body(f"<h1>{escape(found.name)}</h1><p>{escape(found.summary)}</p><p>{_link(source.url, source.title)}</p>"),
    )


async def _category(
    found: Category, own: Callable[[str], str], filters: Filters, neighbour: Callable[[str], str]
) -> PageHtml:
    popular = Filters(genre=filters.genre, tags=filters.tags, sort=PackSort.POPULAR)
    async with read_only() as session:
        packs = (await queries.list_packs(session, None, filters=popular, limit=MAX_PACKS)).items
        count = await queries.count_packs(session, None, filters)
        sounds = await queries.count_files(session, None, filters)
    query = {"genre": found.slug} if filters.genre else {"tags": found.name}
    name = found.name
    title = name[:1].upper() + name[1:]
    words = f"{counted(count, 'pack')} of {name.casefold()} loops and samples. Hear every sound in full."
    address = settings.get().base_url + own(found.slug)
    facts = {"@context": "https://schema.org", "@type": "CollectionPage", "name": title, "url": address}
    head = _head(page_title(title), title, words, address, _first_image(packs), "website", facts)
    sentence = catalogue.category_sentence(found, packs=count, sounds=sounds)
    neighbours = [(name, neighbour(slug)) for slug, name in found.neighbours]
    return PageHtml(
        head,
        view=prerender.category(
            title, sentence, neighbours=neighbours, query=query, cards=[catalogue.card(card) for card in packs]
        ),
    )


def fixed_page(path: str) -> PageHtml:
    """Render those parts of a static page that depend on the site's origin."""
    base = settings.get().base_url
    address = f"{base}{path.rstrip('/')}" if path != "/" else f"{base}/"
    return PageHtml(
        f'<link data-ssr rel="canonical" href="{escape(address)}">'
        f'<meta data-ssr property="og:url" content="{escape(address)}">'
    )


def unlisted() -> PageHtml:
    """Render the head of a page with ``noindex``."""
    return PageHtml('<meta data-ssr name="robots" content="noindex">')


def not_found() -> PageHtml:
    """Render the head of a page that does not exist."""
    return PageHtml(f"<title data-ssr>{page_title('Not found')}</title>")


def _head(tab_title: str, title: str, words: str, address: str, image: str, kind: str, facts: Mapping[str, Any]) -> str:
    description = escape(_shortened(words))
    social = {
        "og:type": kind,
        "og:title": title,
        "og:description": _shortened(words),
        "og:url": address,
        "og:image": image,
    }
    # A title may contain "</script>", which would end the block.
    block = (
        json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    )
    return "".join(
        [
            f"<title data-ssr>{escape(tab_title)}</title>",
            f'<meta data-ssr name="description" content="{description}">',
            f'<link data-ssr rel="canonical" href="{escape(address)}">',
            *(f'<meta data-ssr property="{name}" content="{escape(value)}">' for name, value in social.items()),
            f'<script data-ssr type="application/ld+json">{block}</script>',
        ]
    )


def _body(text: str) -> str:
    """Wrap a page's text for clients without JavaScript."""
    return f'<noscript><article class="prose-chat prose-page max-w-[1100px] mx-auto p-4">{text}</article></noscript>'


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _link(path: str, text: str) -> str:
    return f'<a href="{escape(path)}">{escape(text)}</a>'


def _first_image(packs: Iterable[PackCard]) -> str:
    return _image(next((card for card in packs if card.cover_key), None))


def _image(pack: PackCard | None) -> str:
    return settings.get().base_url + catalogue.social_image(pack)


def _shortened(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= MAX_DESCRIPTION else f"{line[: MAX_DESCRIPTION - 1].rstrip()}…"
