"""Facts that the rules find in what a member says, and what they must not find."""

import pytest

from askchopper.services.assistant.learning import parse_facts
from askchopper.services.memory.rules import Command, find_command, find_facts
from askchopper.services.memory.sensitive import is_sensitive


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        ("I mostly make lo-fi around 80 bpm", ["Works around 80 BPM", "Makes Lo-fi"]),
        ("I mainly produce techno, house and disco.", ["Makes Techno", "Makes House", "Makes Disco"]),
        ("I mostly make hyperpop", ["Makes hyperpop"]),
        ("I hate trap hi-hats", ["Dislikes trap hi-hats"]),
        ("I hate trap but love techno", ["Dislikes Trap", "Likes Techno"]),
        ("I\N{RIGHT SINGLE QUOTATION MARK}m into dub techno these days", ["Likes Dub techno"]),
        ("I love dusty drums and warm keys, what do you have?", ["Likes dusty drums", "Likes warm keys"]),
        ("I work between 120 and 130 BPM", ["Works between 120 and 130 BPM"]),
        ("My tempo is 128", ["Works around 128 BPM"]),
        ("my favourite key is F minor", ["Works in F minor"]),
        ("I use Ableton and a Juno 60", ["Uses Ableton Live", "Uses Juno 60"]),
        ("I switched to FL Studio", ["Uses FL Studio"]),
        ("I'm working on an EP called Nightshift", ["Working on an EP called Nightshift"]),
        ("I want to learn sidechaining", ["Wants to learn sidechaining"]),
        ("Please keep your answers short", ["Prefers short answers"]),
        ("answer me in German", ["Wants answers in German"]),
        ("call me Sam", ["Wants to be called Sam"]),
        ("Remember that I play bass in a band", ["I play bass in a band"]),
        ("Remember: my tempo is 92", ["Works around 92 BPM"]),
    ],
)
def test_common_forms_are_found(said: str, texts: list[str]):
    assert [fact.text for fact in find_facts(said)] == texts


@pytest.mark.parametrize(
    "said",
    [
        "Do I like techno?",
        "show me techno loops around 140",
        "I like it",
        "I'd like a techno loop",
        "Find me something dark around 140 BPM",
        '"I hate jazz" is what he said',
        "> I make trap at 140",
        "`I use Ableton`",
        "what did I say about trap?",
        "remember when we talked about tape drums?",
        "call me later",
        "forget it",
        "Remember that my girlfriend is pregnant",
        "Remember that I have depression",
        "Remember my password is hunter2",
        "Remember for Bob that he likes trap",
        "Remember that another member makes house",
        "I make 90k a year, my salary is fine",
        "",
        "…",
        "\u202eI make house" * 0,
    ],
)
def test_nothing_is_made_up(said: str):
    assert find_facts(said) == ()


def test_of_one_subject_the_facts_have_one_subject():
    likes, hates = find_facts("I love trap")[0], find_facts("I hate trap")[0]
    assert likes.subject == hates.subject == "about:trap"
    assert find_facts("I work around 120 BPM")[0].subject == find_facts("my tempo is 90")[0].subject == "tempo"
    assert find_facts("I use Ableton")[0].subject == find_facts("I use Reaper")[0].subject == "daw"


def test_facts_say_the_same_in_terms_of_the_catalogue():
    tempo, genre = find_facts("I mostly make techno around 130")
    assert tempo.details["bpm_min"] <= 130 <= tempo.details["bpm_max"]
    assert genre.details == {"genre": "techno"}
    assert find_facts("I hate trap hi-hats")[0].details == {}, "a dislike of hi-hats is none of the genre"


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("forget that I like trap", Command("forget", "I like trap")),
        ("Please forget what I said about Ableton.", Command("forget", "Ableton")),
        ("forget everything you know about me", Command("forget_all")),
        ("Delete my memory", Command("forget_all")),
        ("forget it", None),
        ("I always forget my cables", None),
        ("don't forget that I use Ableton", None),
    ],
)
def test_requests_to_forget(said: str, command: Command | None):
    assert find_command(said) == command


def test_long_and_strange_messages_are_read_in_time():
    for said in (
        "I make " * 3_000,
        "a" * 50_000,
        "I love " + ", ".join(["x"] * 5_000),
        "\u0301" * 20_000,
        "I use (" * 4_000,
    ):
        assert len(find_facts(said)) <= 8


@pytest.mark.parametrize(
    "said", ["I love the straight drums", "trance and house", "Uses a church organ", "I make gospel", "Makes 808s"]
)
def test_music_is_not_sensitive(said: str):
    assert not is_sensitive(said)


def test_facts_of_the_model_must_quote_the_message():
    spoken = "I mostly make slow ambient stuff"
    said = (
        '{"facts": [{"kind": "genre", "text": "Makes Ambient", "quote": "make slow ambient"},'
        ' {"kind": "genre", "text": "Makes Trap", "quote": "I make trap"},'
        ' {"kind": "secret", "text": "x", "quote": "mostly make"},'
        ' {"kind": "note", "text": "Has depression", "quote": "mostly make"}, 7]}'
    )
    assert [fact.text for fact in parse_facts(said, spoken)] == ["Makes Ambient"]
    assert parse_facts("no json", spoken) == parse_facts('{"facts": 3}', spoken) == parse_facts("{", spoken) == []
