"""The in-memory broker: replay for late readers, resumption, eviction."""

import random
from typing import Any

import pytest

from askchopper.schemas.assistant import StreamEvent
from askchopper.services.assistant import broker
from askchopper.services.assistant.broker import DONE, HTML, NAMED, PART, SOURCE, START, TEXT, LocalBroker, compact


def shown(steps: list[StreamEvent]) -> tuple[list[Any], dict[int, Any]]:
    """Apply events as the browser does."""
    parts: dict[int, Any] = {}
    sources: dict[int, Any] = {}
    for step in steps:
        last = max(parts, default=-1)
        match step.name:
            case "start":
                parts, sources = {}, {}
            case "part":
                part = step.data["part"]
                parts[step.data["place"]] = dict(part, html=part.get("html", ""), tail="")
            case "t":
                parts[last]["tail"] += step.data
            case "html":
                parts[last]["html"] += step.data["html"]
                parts[last]["tail"] = step.data["tail"]
            case "source":
                sources[step.data["number"]] = step.data
    return [parts[place] for place in sorted(parts)], sources


def numbered(*steps: tuple[str, Any]) -> list[StreamEvent]:
    return [StreamEvent(f"e-{number}", name, data) for number, (name, data) in enumerate(steps, 1)]


def made_up(seed: int) -> list[StreamEvent]:
    """Generate an answer: changing tool parts, text in blocks, sources within text."""
    dice, steps, place, tail = random.Random(seed), [(START, {"answer": "a"})], 0, ""
    for number in range(dice.randint(1, 5)):
        if dice.random() < 0.5:
            steps.append((PART, {"place": place, "part": {"kind": "tool", "state": "running"}}))
            steps.append((PART, {"place": place, "part": {"kind": "tool", "state": "done"}}))
            place += 1
        steps.append((PART, {"place": place, "part": {"kind": "text", "html": ""}}))
        tail, place = "", place + 1
        for _ in range(dice.randint(0, 12)):
            kind = dice.choice([TEXT, TEXT, TEXT, HTML, SOURCE])
            if kind == TEXT:
                word = dice.choice(["a ", "b\n\n", "c"])
                tail += word
                steps.append((TEXT, word))
            elif kind == HTML:
                cut = dice.randint(0, len(tail))
                steps.append((HTML, {"html": f"<p>{tail[:cut]}</p>", "tail": tail[cut:]}))
                tail = tail[cut:]
            else:
                steps.append((SOURCE, {"number": number, "title": "x"}))
    return numbered(*steps)


@pytest.mark.parametrize("seed", range(60))
def test_compaction_does_not_change_the_result(seed: int):
    steps = made_up(seed)
    short = compact(steps)
    assert shown(short) == shown(steps)
    assert len(short) <= len(steps)
    assert short[-1].id == steps[-1].id or steps[-1].name != TEXT


def test_long_answer_is_compacted_for_late_readers():
    words = [(TEXT, "word ") for _ in range(500)]
    steps = numbered(
        (START, {}), (PART, {"place": 0, "part": {"kind": "text"}}), *words, (HTML, {"html": "<p>", "tail": ""})
    )
    assert [step.name for step in compact(steps)] == [START, PART, HTML]


async def taken(message_broker: LocalBroker, after: str = "", *, topic: str = "t") -> list[StreamEvent]:
    """Read the available events without waiting for more."""
    found = []
    reader = message_broker.follow(topic, after)
    stream_pulse, broker.PULSE_SECONDS = broker.PULSE_SECONDS, 0.01
    try:
        async for step in reader:
            if step is None:
                break
            found.append(step)
    finally:
        broker.PULSE_SECONDS = stream_pulse
        await reader.aclose()  # type: ignore[attr-defined]
    return found


async def answered(message_broker: LocalBroker, *words: str, is_ended: bool = True, topic: str = "t") -> None:
    await message_broker.publish(topic, START, {"answer": "a"})
    await message_broker.publish(topic, PART, {"place": 0, "part": {"kind": "text"}})
    for word in words:
        await message_broker.publish(topic, TEXT, word)
    if is_ended:
        await message_broker.publish(topic, DONE, {"answer": "a"})


async def test_late_reader_gets_running_answer_only():
    message_broker = LocalBroker()
    await answered(message_broker, "old")
    assert await taken(message_broker) == []
    await answered(message_broker, "one ", "two", is_ended=False)
    assert [step.data for step in await taken(message_broker)][-1] == "one two"


async def test_reader_resumes_after_last_event():
    message_broker = LocalBroker()
    await answered(message_broker, "one ", "two ", "three", is_ended=False)
    first = (await taken(message_broker))[0].id
    epoch = first.rpartition("-")[0]
    assert [step.data for step in await taken(message_broker, f"{epoch}-3")] == ["two ", "three"]
    assert await taken(message_broker, f"{epoch}-5") == []
    assert (await taken(message_broker, f"{epoch}-99"))[-1].data == "one two three"  # an id beyond the end is invalid


@pytest.mark.parametrize("place", ["", "x", "-", "other-3", "{epoch}-", "{epoch}-²", "{epoch}-٣", "{epoch}--1", "1-²"])
async def test_invalid_event_id_replays_from_start(place: str):
    message_broker = LocalBroker()
    await answered(message_broker, "one ", "two", is_ended=False)
    given = place.format(epoch=message_broker._epoch)
    assert (await taken(message_broker, given))[-1].data == "one two"
    assert not broker._is_stream_id(given) or given.isascii()


async def test_ended_answers_are_evicted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(broker, "KEPT_SECONDS", -1.0)
    message_broker = LocalBroker()
    for number in range(20):
        await answered(message_broker, "word", topic=f"topic {number}")
        await message_broker.publish(f"topic {number}", NAMED, {"title": "x"})  # arrives after the end
    assert len(message_broker._topics) <= 3


async def test_next_answer_evicts_the_previous_one():
    message_broker = LocalBroker()
    for _ in range(5):
        await answered(message_broker, *["word"] * 10)
        await message_broker.publish("t", NAMED, {"title": "x"})
    assert len(message_broker._topics["t"].steps) <= 14
    last = message_broker._topics["t"].steps[-1].id
    await answered(message_broker, "new", is_ended=False)
    assert [step.name for step in await taken(message_broker, last)] == [START, PART, TEXT]


async def test_event_id_of_evicted_answer_skips_nothing(monkeypatch: pytest.MonkeyPatch):
    message_broker = LocalBroker()
    await answered(message_broker, *["word"] * 30)
    place = message_broker._topics["t"].steps[-1].id
    with monkeypatch.context() as patched:
        patched.setattr(broker, "KEPT_SECONDS", -1.0)
        await answered(message_broker, "elsewhere", topic="other")
    assert list(message_broker._topics) == ["other"]
    await answered(message_broker, "one ", "two", is_ended=False)
    assert "".join(step.data for step in await taken(message_broker, place) if step.name == TEXT) == "one two"
