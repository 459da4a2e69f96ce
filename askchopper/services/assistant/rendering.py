"""Renders parts of an answer for the browser: text as HTML, items with their current price and ownership."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import ItemsPart, NoticePart, Part, ProposalPart, SourcePart, TextPart, ToolPart
from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.schemas.view_models import catalogue
from askchopper.services import wallet
from askchopper.services.assistant import markdown
from askchopper.services.catalogue import detail

PACK, SOUND = "pack:", "sound:"
Drawn = dict[str, Any]
Found = dict[str, PackCard | FileRow]


async def render(session: AsyncSession, viewer: Viewer, parts: Sequence[Part]) -> list[Drawn]:
    """Render parts in order, one result per part."""
    found = await load_items(session, viewer, refs_of(parts))
    balance = 0
    if any(isinstance(part, ProposalPart) for part in parts):
        balance = (await wallet.balance(session, viewer)).total_tokens
    return [render_part(part, found, balance) for part in parts]


async def load_items(session: AsyncSession, viewer: Viewer, refs: Iterable[str]) -> Found:
    """Load the packs and sounds that the viewer may see, by ref."""
    wanted = list(dict.fromkeys(refs))
    slugs = [ref.removeprefix(PACK) for ref in wanted if ref.startswith(PACK)]
    ids = [ref.removeprefix(SOUND) for ref in wanted if ref.startswith(SOUND)]
    found: Found = {}
    if slugs:
        known = await detail.find_packs(session, viewer, slugs=slugs)
        found |= {f"{PACK}{slug}": card for slug, card in known.items()}
    if ids:
        sounds = await detail.find_files(session, viewer, file_ids=ids)
        found |= {f"{SOUND}{file_id}": row for file_id, row in sounds.items()}
    return found


def refs_of(parts: Iterable[Part]) -> list[str]:
    """Return the refs of the packs and sounds that parts show."""
    refs: list[str] = []
    for part in parts:
        if isinstance(part, ItemsPart):
            refs += part.refs
        elif isinstance(part, ProposalPart):
            refs.append(part.ref)
    return refs


def render_part(part: Part, found: Found, balance_tokens: int = 0) -> Drawn:
    """Render one part with the items that ``load_items`` returned; only a proposal needs the viewer's balance."""
    match part:
        case TextPart():
            return {"kind": "text", "html": markdown.render(part.markdown), "tail": ""}
        case ToolPart() | NoticePart():
            return asdict(part)
        case ItemsPart():
            return {"kind": "items", "rows": [_row(ref, found[ref]) for ref in part.refs if ref in found]}
        case ProposalPart():
            return _proposal(part, found.get(part.ref), balance_tokens)
        case SourcePart():
            place = site_and_date(part) if part.url else f"page {part.page}" if part.page else ""
            return {**asdict(part), "quote": part.quote[:300], "place": place}


def site_and_date(part: SourcePart) -> str:
    """Return the site and date of a web page: "example.org, 20 Nov 2026"."""
    return (
        f"{part.site}, {date.fromisoformat(part.published_on):%-d %b %Y}"
        if part.published_on
        else f"{part.site}, no date"
    )


def _row(ref: str, item: PackCard | FileRow) -> Drawn:
    if isinstance(item, PackCard):
        card = catalogue.card(item)
        return {
            "ref": ref,
            "sound": asdict(card.sound),
            "href": card.href,
            "title": card.title,
            "by": card.creator,
            "bpm": card.bpm,
            "key": card.key,
            "spoken": card.key_spoken,
            "price": card.price,
            "isOwned": card.is_owned,
        }
    row = catalogue.sound_row(item)
    return {
        "ref": ref,
        "sound": asdict(row.sound),
        "href": row.sound.href,
        "title": row.sound.title,
        "by": row.sound.subtitle,
        "bpm": row.sound.bpm,
        "key": row.sound.key,
        "spoken": row.key_spoken,
        "price": f"{item.price_tokens:,}",
        "isOwned": row.is_owned,
    }


def _proposal(part: ProposalPart, item: PackCard | FileRow | None, balance_tokens: int) -> Drawn:
    if item is None:
        return {"kind": "notice", "sentence": "What was proposed here is not on sale any more."}
    is_pack = isinstance(item, PackCard)
    count = counted(item.file_count, "sound") if isinstance(item, PackCard) else catalogue.KIND_WORDS[item.kind]
    return {
        "kind": "proposal",
        "ref": part.ref,
        "title": item.title,
        "cover": item.cover_key,
        "href": routes.pack(item.slug if is_pack else item.pack.slug),
        "licence": f"Standard licence, {count}",
        "price": f"{item.price_tokens:,}",
        "isFree": item.price_tokens == 0,
        "isOwned": item.owned,
        "isDeclined": part.is_declined,
        "after": f"{balance_tokens - item.price_tokens:,}" if balance_tokens >= item.price_tokens else "",
        "missing": f"{item.price_tokens - balance_tokens:,}" if balance_tokens < item.price_tokens else "",
    }
