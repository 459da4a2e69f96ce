"""Researches artists missing from the built-in table: the fast model writes a page from web pages, and sentences without a source are dropped."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from askchopper import settings
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError
from askchopper.genres import GENRES
from askchopper.integrations import claude
from askchopper.integrations.claude import ModelError
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.artists import Artist, ArtistSource, Statement, Work
from askchopper.schemas.text import is_plain
from askchopper.schemas.web_search import WebResult
from askchopper.services.assistant import prompt, token_usage
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import pages, stored, table, wording
from askchopper.services.knowledge.web_search import search

MAX_SENTENCE, MAX_WORKS, MAX_STYLE, MAX_GENRES = 240, 5, 5, 3
_LEAST_STATED = 0.6  # share of a sentence's longer words that its source must contain
_NUMBER, _LONG_WORD = re.compile(r"\d{2,}"), re.compile(r"[^\W\d_]{4,}")
_CITED = {"type": "object", "additionalProperties": False}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["is_musician", "biography", "works", "genres", "style"],
    "properties": {
        "is_musician": {"type": "boolean"},
        "biography": {
            "type": "array",
            "items": {**_CITED, "required": ["text", "source"], "properties": {"text": {"type": "string"}, "source": {"type": "integer"}}},
        },
        "works": {
            "type": "array",
            "items": {
                **_CITED, "required": ["title", "year", "source"],
                "properties": {"title": {"type": "string"}, "year": {"type": "integer"}, "source": {"type": "integer"}},
            },
        },
        "genres": {"type": "array", "items": {"type": "string"}},
        "style": {"type": "array", "items": {"type": "string"}},
    },
}  # fmt: skip


async def research(viewer: Viewer, name: str) -> Artist | None:
    """Research an artist on the web and store the page.

    None without a model, web search or tokens left today, for a hidden artist, if the search or the model fails, or if
    nothing could be verified.
    """
    model, words = claude.find(), " ".join(name.split())[: table.MAX_NAME]
    if model is None or not settings.get().searches_web or not is_plain(words) or not table.slug_of(words):
        return None
    async with read_only() as session:
        if await pages.is_hidden(session, table.slug_of(words)) or not await token_usage.remaining_today(
            session, viewer
        ):
            return None
    try:
        found = await search.search(viewer, f"{words} music artist producer biography")
        said, usage = await model.complete(
            model=settings.get().anthropic_fast_model,
            system=prompt.ARTIST,
            text=_material(words, found),
            max_tokens=1_000,
            schema=_SCHEMA,
        )
    except (AskChopperError, ModelError) as error:
        log.info("artists.not_researched", error=type(error).__name__)
        return None
    artist = read(words, said, found)
    async with transaction() as session:
        await token_usage.add(
            session, viewer.user_id, model=settings.get().anthropic_fast_model, usage=usage, answers=0
        )
        if artist is not None:
            await stored.save(session, artist)
    return artist


def _material(name: str, found: Sequence[WebResult]) -> str:
    listed = [
        {"number": number, "title": one.title, "site": one.site, "date": str(one.published_on or ""), "text": one.text}
        for number, one in enumerate(found, 1)
    ]
    terms = [
        entry.term
        for entry in glossary.all_entries()
        if entry.kind in {"production", "rhythm", "sound design", "mixing", "theory"}
    ]
    given = {"name": name, "pages": listed, "genres": list(GENRES), "terms": terms}
    return f"<data>\n{json.dumps(given, ensure_ascii=False)}\n</data>"


def read(name: str, said: str, found: Sequence[WebResult]) -> Artist | None:
    """Parse the model's output and drop whatever the cited page does not state.

    None if the output is not valid JSON or not about a musician, or if no sentence or no known genre is left.
    """
    try:
        written: object = json.loads(said)
    except ValueError:
        return None
    given = cast("dict[str, Any]", written) if isinstance(written, dict) else {}
    if given.get("is_musician") is not True:
        return None
    sentences = [
        Statement(text, number)
        for row in _rows(given, "biography")
        if (text := _sentence(row, name, found)) and (number := row["source"])
    ]
    works = [
        Work(str(row["title"])[:120], row["year"], row["source"])
        for row in _rows(given, "works")
        if _is_stated_work(row, found)
    ]
    genres = tuple(slug for slug in dict.fromkeys(_texts(given, "genres")) if slug in GENRES)[:MAX_GENRES]
    if not sentences or not genres:
        return None
    style = tuple(dict.fromkeys(entry.term for term in _texts(given, "style") if (entry := glossary.get(term))))[
        :MAX_STYLE
    ]
    today = datetime.now(UTC).date()
    sources = tuple(ArtistSource(one.title, one.url, one.site, today, str(one.published_on or "")) for one in found)
    return Artist(
        table.slug_of(name),
        name,
        (),
        genres,
        style,
        (),
        tuple(works[:MAX_WORKS]),
        tuple(sentences[: table.MAX_SENTENCES]),
        sources,
        is_from_web=True,
    )


def _sentence(row: dict[str, Any], name: str, found: Sequence[WebResult]) -> str:
    text, page = " ".join(str(row.get("text", "")).split()), _page(row, found)
    if (
        page is None
        or not text
        or len(text) > MAX_SENTENCE
        or not is_plain(text)
        or wording.claims_connection(text, "this marketplace")
    ):
        return ""
    said = f"{page.title} {page.text}".casefold()
    longer = [word for word in _LONG_WORD.findall(text.casefold()) if word not in name.casefold()]
    is_stated = sum(word in said for word in longer) >= _LEAST_STATED * len(longer) and all(
        part in said for part in _NUMBER.findall(text)
    )
    return text if is_stated and name.casefold() in said else ""


def _is_stated_work(row: dict[str, Any], found: Sequence[WebResult]) -> bool:
    page = _page(row, found)
    if page is None or not isinstance(row.get("year"), int):
        return False
    said, title = f"{page.title} {page.text}".casefold(), " ".join(str(row.get("title", "")).split())
    return bool(title) and is_plain(title) and title.casefold() in said and str(row["year"]) in said


def _page(row: dict[str, Any], found: Sequence[WebResult]) -> WebResult | None:
    number = row.get("source")
    return found[number - 1] if isinstance(number, int) and 1 <= number <= len(found) else None


def _rows(given: dict[str, Any], name: str) -> list[dict[str, Any]]:
    listed = given.get(name)
    return (
        [cast("dict[str, Any]", row) for row in cast("list[Any]", listed)[:20] if isinstance(row, dict)]
        if isinstance(listed, list)
        else []
    )


def _texts(given: dict[str, Any], name: str) -> list[str]:
    listed = given.get(name)
    return [str(one)[:60] for one in cast("list[Any]", listed)[:20]] if isinstance(listed, list) else []
