"""What knowledge costs in the service: the glossary, theory, an artist's table entry, and a web answer from the cache."""

from collections.abc import Callable

from askchopper import observability
from askchopper.models.base import new_id
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.web_search import Freshness
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import table
from askchopper.services.knowledge.theory import questions
from askchopper.services.knowledge.web_search import cache, results, search
from askchopper.settings import environment
from askchopper.vocabulary import Role
from bench.protocol import ROUNDS, Samples, median_ms
from bench.scratch import as_owner, database_of
from tests.simulators.brave.server import default_rows

CALLS = 200
OTHERS = 5_000  # cached answers beside the one that is read
_TERMS = (
    "what is sidechain compression",
    "what does sidechian mean",
    "difference between reverb and delay",
    "why does my kick sound thin",
)
_THEORY = (
    "chords in Eb minor",
    "what goes with 8A",
    "I slow 140 to 128, what key is it in now?",
    "dotted eighth at 128 BPM",
)
_ARTISTS = ("Burial", "hildur gudnadottir", "boards of canda", "nobody at all")
_QUESTION = "techno music production trends"
_FILL = (
    "INSERT INTO web_search_months (month) VALUES (date_trunc('month', now() AT TIME ZONE 'UTC')::date)",
    "INSERT INTO web_searches (key, results, expires_at) SELECT md5('k' || n) || md5('l' || n), '[]', now() + interval '1 day'"
    f" FROM generate_series(1, {OTHERS}) n",
    "VACUUM ANALYZE",
)


async def measure() -> dict[str, Samples]:
    """Measure the median per round."""
    observability.configure(level="ERROR")
    terms, theory, artists = Samples(note="four questions"), Samples(note="four questions"), Samples(note="four names")
    web = Samples(note=f"8 results, {OTHERS:,} other rows")
    async with database_of() as socket_dir:
        as_owner(socket_dir, *_FILL)
        viewer = Viewer(new_id(), None, "M", "m@example.test", Role.MEMBER)
        with environment(BRAVE_API_KEY="unused", BRAVE_API_BASE_URL="http://127.0.0.1:9"):
            key = cache.key_of(_QUESTION, Freshness.ANY)
            await cache.claim(key)
            rows = [row | {"url": f"{row['url']}/{number}"} for row in default_rows(_QUESTION) for number in range(3)]
            await cache.store(key, results.parse({"web": {"results": rows}}))
            for _ in range(ROUNDS):
                terms.ours.append(await median_ms(lambda: _each(glossary.lookup, _TERMS), CALLS) / len(_TERMS))
                theory.ours.append(await median_ms(lambda: _each(questions.answer, _THEORY), CALLS) / len(_THEORY))
                artists.ours.append(await median_ms(lambda: _each(table.find, _ARTISTS), CALLS) / len(_ARTISTS))
                web.ours.append(await median_ms(lambda: _search(viewer), CALLS))
    return {"glossary": terms, "theory": theory, "artist": artists, "web": web}


async def _each(work: Callable[[str], object], asked: tuple[str, ...]) -> None:
    for question in asked:
        work(question)


async def _search(viewer: Viewer) -> None:
    assert len(await search.search(viewer, _QUESTION)) == results.MAX_RESULTS
