"""States of the glossary, the cards and the trends."""

from askchopper.schemas.view_models.catalogue import SHELF_CARDS
from askchopper.services import landing
from askchopper.services.analytics import rollup
from askchopper.services.knowledge import examples, trends
from askchopper.vocabulary import FileKind
from tests.integration.services.test_trends import played
from tests.support.events import tab
from tests.support.factories import make_pack, make_user, new_file


async def test_search_tolerates_typing_errors(db: None):
    async with tab() as visitor:
        await visitor.send("GlossaryState.load", "/learn")
        seen = await visitor.send("GlossaryState.search", "/learn", text="sidechian")
        assert [hit["label"] for hit in seen["found"]] == ["Sidechain compression"]
        seen = await visitor.send("GlossaryState.search", "/learn", text="x" * 5_000)
    assert seen["found"] == []


async def test_term_shows_examples_and_demonstrations(db: None):
    await make_pack(
        files=tuple(new_file(n, title=f"Room snare {n}", kind=FileKind.ONE_SHOT, bpm=None, key=None) for n in (1, 2, 3))
    )
    await examples.refresh()
    async with tab() as visitor:
        seen = await visitor.send("TermState.load", "/learn/plate-reverb")
        assert (seen["title"], seen["heading"]) == ("Plate reverb", "Try it on these")
        assert len(seen["rows"]) == 3
        assert seen["demos"][0].after.id == "demo:plate-after"
        missing = await visitor.send("TermState.load", "/learn/nothing")
    assert missing["is_missing"] is True


async def test_wheel_marks_what_fits(db: None):
    async with tab() as visitor:
        seen = await visitor.send("WheelState.load", "/learn/cards/camelot")
        assert seen["marks"] == {"8A": "same", "9A": "fits", "7A": "fits", "8B": "fits"}
        seen = await visitor.send("WheelState.choose", "/learn/cards/camelot", code="4A")
        assert [one["name"] for one in seen["fits"]] == ["F minor", "C minor", "Bb minor", "Ab major"]
        assert await visitor.send("WheelState.choose", "/learn/cards/camelot", code="99Z") == {}


async def test_cards_refuse_impossible_values(db: None):
    async with tab() as visitor:
        await visitor.send("DelayState.load", "/learn/cards/delay")
        seen = await visitor.send("DelayState.set_tempo", "/learn/cards/delay", text="0")
        assert "between 20 and 400" in seen["problem"]
        seen = await visitor.send("PitchState.set_old", "/learn/cards/pitch-tempo", text="fast")
        assert "between 20 and 400" in seen["problem"]
        seen = await visitor.send("NoteState.look_up", "/learn/cards/notes", text="midi 69")
    assert "440.00 Hz" in seen["answer"]


async def test_trends_page_shows_what_rises(db: None):
    pack = await make_pack(genre_slug="techno")
    await played(pack, 40, days_ago=1)
    await rollup.run()
    await trends.refresh()
    async with tab() as visitor:
        seen = await visitor.send("TrendsState.load", "/trends", "?genre=techno")
        assert seen["heading"] == "Trends in techno"
        assert [card.slug for card in seen["cards"]] == [pack.slug]
        assert [group.name for group in seen["groups"]][:2] == ["key", "tempo"]
        seen = await visitor.send("TrendsState.load", "/trends", "?genre=polka")
    assert "no genre called polka" in seen["problem"]


async def test_landing_page_shows_packs_that_rise(db: None):
    pack, new = await make_pack(), [await make_pack() for _ in range(SHELF_CARDS)]
    await played(pack, 40, days_ago=1)
    await played(new[0], 40, days_ago=1)
    async with tab() as visitor:
        assert (await visitor.send("LandingState.load")).get("rising", []) == []
        await rollup.run()
        await trends.refresh()
        landing.forget()
        seen = await visitor.send("LandingState.load")
    assert [card.slug for card in seen["rising"]] == [pack.slug]


async def test_mark_follows_the_press(db: None):
    async with tab(await make_user()) as member:
        first = (await member.send("ResourcesState.load", "/learn/detune"))["pages"][0]
        seen = await member.send("ResourcesState.toggle_helpful", "/learn/detune", slug=first["slug"])
        assert (seen["pages"][0]["mark"], seen["pages"][0]["count"]) == ("on", "1")
        seen = await member.send("ResourcesState.toggle_helpful", "/learn/detune", slug=first["slug"])
    assert (seen["pages"][0]["mark"], seen["pages"][0]["count"]) == ("", "0")
