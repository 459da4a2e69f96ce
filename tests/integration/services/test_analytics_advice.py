"""Advice says what follows from the figures, and nothing where too few people were there."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.models.analysis import Analysis
from askchopper.schemas.analytics import Analytics, Figures, Part, Period, SoundStops
from askchopper.services.analytics import advice
from tests.support.factories import make_pack

pytestmark = pytest.mark.integration
PERIOD = Period(date(2026, 11, 1), date(2026, 11, 30), "UTC")


def figures(near: tuple[Part, ...] = (), stops: tuple[SoundStops, ...] = (), **total: int) -> Analytics:
    return Analytics(UUID(int=1), None, PERIOD, Figures(**total), Figures(), (), near_terms=near, stops=stops)


async def advise(found: Analytics, **values) -> tuple[str, ...]:
    async with read_only() as session:
        return await advice.advise(session, found, **values)


async def test_nothing_is_said_about_few(db: None):
    pack = await make_pack(price=900)
    stops = (SoundStops(pack.file_ids[0], "Kick", 4.0, 50, 3, (1.0, *([0.0] * 49))),)
    found = figures((Part("dusty", Figures(shown=5)),), stops, shown=100, played=5)
    assert await advise(found, pack_slug=pack.slug) == ()


async def test_advice_names_the_figure_it_follows_from(db: None):
    cheap, dear = await make_pack(price=40), await make_pack(price=90)
    findings = [{"code": "mono_as_stereo", "message": "Both"}, {"code": "loop_seam", "message": "The end clicks."}]
    async with transaction() as session:
        sha256 = (
            await session.execute(text("SELECT sha256 FROM audio_files WHERE id = :file"), {"file": dear.file_ids[0]})
        ).scalar_one()
        session.add(Analysis(sha256=sha256, version=1, status="accept", score=90, findings=findings, cpu_seconds=1))
    parts = tuple(0.6 if number == 20 else 0.4 / 49 for number in range(50))
    stops = (SoundStops(dear.file_ids[0], "Drift", 10.0, 40, 20, parts), SoundStops("", "Pack", 30.0, 40, 40, parts))
    found = figures((Part("dark garage", Figures(shown=60)),), stops, shown=1_000, opened=4, played=30)
    said = await advise(found, pack_slug=dear.slug)
    assert said == (
        "Shown 60 times to people who searched for “dark garage”, and never opened: add these words to the title and tags, if they fit.",
        "60% of those who stop “Drift” do so at 0:04. The check found: the end clicks.",
        "Played 30 times and never bought. The median price of House packs is 40 tokens; this one costs 90.",
    )
    assert await advise(figures(shown=1_000, opened=4, played=3), pack_slug=cheap.slug) == (
        "Seen 1,000 times, but opened or played only 7 times: a clearer title, cover or first sound would help.",
    )
