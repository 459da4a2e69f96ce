"""Tools about the member's account. None changes anything: a proposed purchase waits for the member's click."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field

from askchopper.database import read_only
from askchopper.errors import AskChopperError, ConflictError, InvalidInputError, NotFoundError
from askchopper.musical_key import MusicalKey
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext, ProposalPart
from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.schemas.purchases import LibraryItem
from askchopper.services import wallet
from askchopper.services.assistant import rendering
from askchopper.services.assistant.tools.catalogue import checked_ref, pack_facts, sound_facts
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.purchases import library
from askchopper.services.spotify import player
from askchopper.vocabulary import McpScope

MOST_SOUNDS = 3  # shown of a partly owned pack


class LibraryArguments(Arguments):
    """Arguments of ``my_library``: filters on owned items."""

    text: str = Field("", max_length=100, description="Words in titles; empty for the latest.")
    key: str = Field("", max_length=20, description="Such as `Am`, `F# minor` or `8A`.")
    bpm_min: float | None = Field(None, ge=20, le=400)
    bpm_max: float | None = Field(None, ge=20, le=400)
    limit: Annotated[int, Field(ge=1, le=20)] = 10


async def my_library(viewer: Viewer, wanted: LibraryArguments, _page: PageContext) -> Outcome:
    """List what the viewer owns, most recently purchased first.

    Raises:
        InvalidInputError: the key is unknown.
    """
    key = _key_name(wanted.key)
    async with read_only() as session:
        page = await library.list_library(
            session,
            viewer,
            text=wanted.text,
            key=key,
            bpm_min=wanted.bpm_min,
            bpm_max=wanted.bpm_max,
            limit=wanted.limit,
        )
        whole, in_part = await library.count_library(session, viewer)
    items = [
        pack_facts(item.pack)
        | {
            "owned_sounds": len(item.files),
            "sounds_owned": [] if item.is_whole else [sound_facts(row) for row in _best(item, key)],
            "bought": f"{item.purchased_at:%Y-%m-%d}",
            "is_whole": item.is_whole,
            "licences": [licence.kind.value for licence in item.licences],
        }
        for item in page.items
    ]
    content = {
        "items": items, "has_more": page.next_cursor is not None, "packs_owned": whole, "packs_owned_in_part": in_part,
    }  # fmt: skip
    # Of a partly owned pack, some of the owned sounds are shown instead of the pack.
    refs = tuple(
        ref
        for item in page.items
        for ref in (
            [f"{rendering.PACK}{item.pack.slug}"]
            if item.is_whole
            else [f"{rendering.SOUND}{row.id}" for row in _best(item, key)]
        )
    )
    nothing = "nothing that fits" if whole + in_part else "nothing yet"
    summary = nothing if not items else f"{len(items)}{'+' if page.next_cursor else ''} in your library"
    return Outcome(content, summary, refs)


def _best(item: LibraryItem, key: str) -> list[FileRow]:
    """Return the first owned sounds of a partly owned pack, those in the requested key first."""
    return sorted(item.files, key=lambda row: row.key != key)[:MOST_SOUNDS]


def _key_name(said: str) -> str:
    key = MusicalKey.parse(said)
    if said and key is None:
        raise InvalidInputError("That is not a key we know. Try Am, F# minor or 8A.")
    return key.name if key else ""


class NoArguments(Arguments):
    """Arguments of a tool without parameters."""


async def my_wallet(viewer: Viewer, _wanted: NoArguments, _page: PageContext) -> Outcome:
    """Return the balance and the latest transactions."""
    async with read_only() as session:
        balance = await wallet.balance(session, viewer)
        page = await wallet.statement(session, viewer, cursor=None, kind="all")
    lines = [
        {"date": f"{line.created_at:%Y-%m-%d}", "title": line.title, "tokens": line.amount_tokens}
        for line in page.items[:10]
    ]
    content = {"balance_tokens": balance.total_tokens, "bonus_tokens": balance.bonus_tokens, "latest": lines}
    return Outcome(content, counted(balance.total_tokens, "token"))


async def now_playing(viewer: Viewer, _wanted: NoArguments, page: PageContext) -> Outcome:
    """Return the item loaded in the page's player and, with consent, the track playing on Spotify."""
    ref = page.sound_id if page.sound_id.startswith(rendering.PACK) else f"{rendering.SOUND}{page.sound_id}"
    async with read_only() as session:
        item = (await rendering.load_items(session, viewer, [ref])).get(ref) if page.sound_id else None
    spotify = await _on_spotify(viewer)
    if item is None:
        heard = spotify.get("spotify")
        return Outcome({"playing": None, **spotify}, f"{heard['title']} on Spotify" if heard else "nothing is loaded")
    facts = pack_facts(item) if isinstance(item, PackCard) else sound_facts(item)
    return Outcome({"playing": facts, "is_sounding": page.is_playing, **spotify}, item.title, (ref,))


async def _on_spotify(viewer: Viewer) -> dict[str, Any]:
    """Return the track playing on Spotify, or the reason why it is unknown; errors of Spotify are such a reason."""
    try:
        heard = await player.now_playing(viewer)
    except AskChopperError as error:
        return {"spotify": None, "why_no_spotify": error.sentence}
    return (
        {"spotify": asdict(heard)} if heard else {"spotify": None, "why_no_spotify": "Nothing is playing on Spotify."}
    )


class ProposalArguments(Arguments):
    ref: str = Field(max_length=120, description="`ref` of the pack or sound.")


async def propose_purchase(viewer: Viewer, wanted: ProposalArguments, _page: PageContext) -> Outcome:
    """Propose a purchase at its current price. Only the reader's own click buys it.

    Raises:
        NotFoundError: it is not on sale, or the ref is malformed.
        ConflictError: the viewer owns it already.
        InvalidInputError: the viewer is its creator.
    """
    ref = checked_ref(wanted.ref)
    async with read_only() as session:
        item = (await rendering.load_items(session, viewer, [ref])).get(ref)
    if item is None:
        raise NotFoundError("This is not on sale.")
    if item.owned:
        raise ConflictError("This person owns it already.")
    if viewer.creator_slug and item.creator.slug == viewer.creator_slug:
        raise InvalidInputError("It is this person's own.")
    content = {"shown": item.title, "price_tokens": item.price_tokens, "note": "The reader decides; nothing is bought."}
    return Outcome(content, item.title, (ref,), ProposalPart(ref))


TOOLS = (
    Tool(
        "my_library", "Checking your library", "Checked your library", "library", 5.0,
        "List what this person owns, by words, key or tempo, and count it.", LibraryArguments, my_library, McpScope.LIBRARY,
    ),
    Tool(
        "my_wallet", "Checking your wallet", "Checked your wallet", "wallet", 5.0,
        "Read this person's balance and latest movements.", NoArguments, my_wallet, McpScope.LIBRARY,
    ),
    Tool(
        "now_playing", "Checking what is playing", "Checked what is playing", "play", 6.0,
        "Read what is in this person's player right now, and on their Spotify if they allow it, for words such as `this` or "
        "`what I am hearing`. Spotify tells title, artist and at most a genre, no tempo and no key: search packs of that genre for what fits.",
        NoArguments, now_playing, McpScope.SPOTIFY,
    ),
    Tool(
        "propose_purchase", "Proposing a purchase", "Proposed a purchase", "shopping-bag", 3.0,
        "Show a card with a button to buy one pack or sound. Only when the person wants to buy it; the person decides.",
        ProposalArguments, propose_purchase, None,
    ),
)  # fmt: skip
