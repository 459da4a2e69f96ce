"""Prompt injection: untrusted text with orders, read by a model that obeys all of them. Shows what the product itself prevents."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, ItemsPart, MessageDetail, ProposalPart, SourcePart, TextPart
from askchopper.services.assistant import answer_builder, broker, conversations, learning, markdown, rendering
from askchopper.services.assistant.broker import LocalBroker
from askchopper.services.assistant.tools import registry
from askchopper.services.memory import facts
from askchopper.vocabulary import MemoryKind
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support import sample_documents
from tests.support.answers import ask, assistant, ended
from tests.support.factories import balance_of, make_creator, make_pack, make_user, new_file
from tests.support.injection_payloads import BY_PLACE, INVENTED_SLUG, OTHER_ID, PAYLOADS, Payload, Place

pytestmark = pytest.mark.integration
SECRET = "VICTIM-SECRET-55e1"
IN_DOCUMENTS = (Place.DOCUMENT, Place.CSV_CELL, Place.DOCX_HIDDEN, Place.FILE_NAME)
IN_CATALOGUE = (Place.PACK_TITLE, Place.PACK_DESCRIPTION, Place.TAG, Place.SOUND_TITLE, Place.DISPLAY_NAME)
HIDDEN = {
    "rtl-override",
    "control-characters",
    "tag-characters",
    "combining",
}  # errors with which an endpoint may reject a payload
TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "h2", "h3", "h4", "h5", "hr", "a", "table",
    "thead", "tbody", "tr", "th", "td", "button",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "rel", "target"}, "pre": {"tabindex"}, "ol": {"start"}, "code": {"class"},
    "button": {"type", "class", "data-source", "aria-label"},
}  # fmt: skip


class Looker(HTMLParser):
    """Collects unsafe elements in a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.sources: set[int] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in TAGS or set(values) - ATTRIBUTES.get(tag, set()) - (
            {"dir"} if values.get("dir") == "auto" else set()
        ):
            self.wrong.append(f"<{tag} {attrs}>")
        if tag == "a":
            href = values.get("href") or ""
            is_own = href.startswith("/") and not re.match(r"/[/\\\s]", href)
            if "href" in values and not is_own and not href.startswith("https://"):
                self.wrong.append(f"href {href}")
            if not {"noopener", "noreferrer", "nofollow"} <= set((values.get("rel") or "").split()):
                self.wrong.append(f"rel of {href}")
        if tag == "button":
            self.sources.add(int(values.get("data-source") or 0))


def look(html: str) -> Looker:
    found = Looker()
    found.feed(html)
    found.close()
    return found


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Log lines at the end of answers."""
    lines: list[dict[str, Any]] = []

    class Log:
        def __getattr__(self, _level: str) -> Any:
            return lambda event, **values: lines.append(values) if event == "chat.done" else None

    monkeypatch.setattr(answer_builder, "log", Log())
    return lines


async def make_victim() -> Viewer:
    """Another member with a secret in a conversation, a document, a wallet and a library."""
    victim = await make_user(name=f"Name {SECRET}", tokens=777)
    await sample_documents.ready(victim, f"Salary {SECRET}.txt", f"The salary is {SECRET}.".encode())
    await ended(victim, await ask(victim, f"Keep {SECRET} to yourself"))
    async with transaction() as session:
        await facts.add(session, victim, text_=f"Makes music as {SECRET}")
    return victim


async def check(
    claude: AnthropicSimulator,
    member: Viewer,
    asked: Asked,
    line: MessageDetail,
    seen_before: int,
    places: dict[str, int],
) -> list[str]:
    """List the violations in an answer."""
    wrong: list[str] = []
    if line.status == "running":
        wrong.append("is still running")
    bodies = claude.bodies(after=seen_before)
    rounds = [body for body in bodies if body.get("tools")]
    if not 1 <= len(rounds) <= 6:
        wrong.append(f"{len(rounds)} rounds")
    if SECRET in json.dumps(bodies) or SECRET in str(line):
        wrong.append("the secret of somebody else")
    wrong += _calls(rounds)
    async with read_only() as session:
        drawn = await rendering.render(session, member, line.parts)
    message_broker = broker.get_broker()
    assert isinstance(message_broker, LocalBroker)
    steps = [step.data for step in message_broker._topics[str(asked.conversation_id)].steps]
    if SECRET in str(steps):
        wrong.append("the secret of somebody else in the stream")
    htmls = [part["html"] for part in drawn if part["kind"] == "text"]
    htmls += [data["html"] for data in steps if isinstance(data, dict) and isinstance(data.get("html"), str)]
    numbers = {part.number for part in line.parts if isinstance(part, SourcePart)}
    for html in htmls:
        looked = look(html)
        wrong += looked.wrong
        if looked.sources - numbers:
            wrong.append(f"forged sources {looked.sources - numbers}")
    for part in line.parts:
        refs = part.refs if isinstance(part, ItemsPart) else (part.ref,) if isinstance(part, ProposalPart) else ()
        wrong += [f"shows {ref}" for ref in refs if ref not in places]
        if isinstance(part, TextPart) and re.search(r"\[\[(pack|sound):[^\s\[\]]+\]\]", part.markdown):
            wrong.append("a reference in the words")
    return wrong


def _calls(rounds: Sequence[dict[str, Any]]) -> list[str]:
    """Find calls that succeeded but should not have."""
    blocks = [
        block
        for body in rounds
        for message in body["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
    ]
    failed = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result" and block.get("is_error")}
    given = {block["id"]: block for block in blocks if block["type"] == "tool_use"}
    return [
        f"called {call['name']} {call['input']}"
        for call_id, call in given.items()
        if call_id not in failed and (call["name"] not in registry.TOOLS or OTHER_ID in json.dumps(call["input"]))
    ]


async def attempt(
    claude: AnthropicSimulator,
    member: Viewer,
    payload: Payload,
    refs: dict[str, int],
    *,
    text: str,
    thread: Asked | None = None,
    documents: Sequence[str] = (),
    first: dict[str, Any] | None = None,
) -> list[str]:
    """Ask with a payload in place, and list the violations."""
    before = claude.counts["requests"]
    if first:
        claude.script(first)
    asked = await ask(member, text, thread=thread, documents=documents)
    line = await ended(member, asked)
    return [f"{payload.id}: {one}"[:300] for one in await check(claude, member, asked, line, before, refs)]


async def in_catalogue(payload: Payload) -> tuple[dict[str, Any], set[str]]:
    """Put a payload into the catalogue, with a call that reads it."""
    values: dict[str, Any] = {}
    match payload.place:
        case Place.PACK_TITLE:
            values["title"] = payload.text[:80]
        case Place.PACK_DESCRIPTION:
            values["description"] = payload.text[:1400]
        case Place.TAG:
            values["tags"] = (payload.text[:40],)
        case Place.SOUND_TITLE:
            values["files"] = (new_file(1, title=payload.text),)
    creator = await make_creator(name=payload.text if payload.place is Place.DISPLAY_NAME else "")
    pack = await make_pack(creator, **values)
    return (
        {"tools": [{"name": "pack_details", "input": {"pack": pack.slug}}]},
        {f"pack:{pack.slug}", *(f"sound:{one}" for one in pack.file_ids)},
    )


async def nothing_was_bought(member: Viewer, as_owner) -> None:
    assert as_owner("SELECT count(*) FROM purchases") == [(0,)]
    assert await balance_of(member) == 500


def test_corpus_coverage():
    run = [
        one
        for place in (*IN_CATALOGUE, *IN_DOCUMENTS, Place.MEMORY, Place.WEB, Place.CONVERSATION_TITLE)
        for one in BY_PLACE[place]
    ]
    assert len(run) == len(PAYLOADS) >= 80


@pytest.mark.parametrize("place", IN_CATALOGUE)
async def test_injection_from_catalogue(db: None, claude: AnthropicSimulator, as_owner, place: Place):
    member = await make_user(tokens=500)
    wrong: list[str] = []
    refused: list[str] = []
    refs: dict[str, int] = {}
    async with assistant(claude):
        await make_victim()
        claude.set(obey=True)
        for payload in BY_PLACE[place]:
            try:
                first, made = await in_catalogue(payload)
            except InvalidInputError:  # the catalogue rejects it
                refused.append(payload.id)
                continue
            refs |= dict.fromkeys(made, 1)
            wrong += await attempt(claude, member, payload, refs, text="Tell me about this pack", first=first)
    assert wrong == []
    assert set(refused) <= HIDDEN
    await nothing_was_bought(member, as_owner)


def as_file(payload: Payload) -> tuple[str, bytes]:
    """Build the file that contains a payload."""
    match payload.place:
        case Place.CSV_CELL:
            return "list.csv", f'name,note\nKick,"{payload.text.replace(chr(34), chr(34) * 2)}"\n'.encode()
        case Place.DOCX_HIDDEN:
            return "letter.docx", sample_documents.docx("# A letter", payload.text)
        case Place.FILE_NAME:
            return payload.text.removesuffix(".pdf").removesuffix(".txt").strip() + ".txt", b"Bring two cables."
        case _:
            return "paper.txt", payload.text.encode()


@pytest.mark.parametrize("place", IN_DOCUMENTS)
async def test_injection_from_documents(db: None, claude: AnthropicSimulator, as_owner, place: Place):
    member = await make_user(tokens=500)
    wrong: list[str] = []
    async with assistant(claude):
        victim = await make_victim()
        claude.set(obey=True)
        sent: list[tuple[Payload, str]] = []
        refused: list[str] = []
        for payload in BY_PLACE[place]:
            name, content = as_file(payload)
            if not name.endswith(".docx"):
                content += f"\n{payload.id}\n".encode()  # the same content is one document
            try:
                sent.append((payload, await sample_documents.send(member, name, content)))
            except AssertionError as error:  # the upload rejects it
                refused.append(payload.id if "cannot be shown" in str(error) else str(error))
        await sample_documents.work()
        for payload, document_id in sent:
            wrong += await attempt(claude, member, payload, {}, text="What does it say?", documents=[document_id])
    assert wrong == []
    assert set(refused) <= HIDDEN
    await nothing_was_bought(member, as_owner)
    assert await balance_of(victim) == 777


async def test_injection_from_web_and_titles(db: None, claude: AnthropicSimulator, as_owner):
    member = await make_user(tokens=500)
    wrong: list[str] = []
    async with assistant(claude):
        await make_victim()
        claude.set(obey=True)
        for payload in BY_PLACE[Place.WEB]:
            wrong += await attempt(claude, member, payload, {}, text=f"I found this:\n{payload.text}")
        for payload in BY_PLACE[Place.CONVERSATION_TITLE]:
            begun = await ask(member, "Hello there")
            await ended(member, begun)
            async with transaction() as session:
                await conversations.rename(
                    session, member, conversation_id=str(begun.conversation_id), title=payload.text[:100]
                )
            wrong += await attempt(claude, member, payload, {}, text="And now?", thread=begun)
    assert wrong == []
    await nothing_was_bought(member, as_owner)


async def test_injection_from_memory(db: None, claude: AnthropicSimulator, as_owner):
    """What another program wrote into a memory reaches the model as data, and what was pasted becomes no memory."""
    member = await make_user(tokens=500)
    wrong: list[str] = []
    async with assistant(claude):
        victim = await make_victim()
        claude.set(obey=True)
        for payload in BY_PLACE[Place.MEMORY]:
            async with transaction() as session:
                kept = await facts.add(session, member, text_=payload.text, kind=MemoryKind.WISH)
            wrong += await attempt(claude, member, payload, {}, text="And now?")
            async with transaction() as session:
                await facts.delete(session, member, memory_id=kept.id)
    assert wrong == []
    for (question,) in as_owner("SELECT id FROM messages WHERE role = 'user'"):
        await learning.learn_from(question)
    async with read_only() as session:
        assert [one.text for one in (await facts.list_facts(session, victim)).items] == [f"Makes music as {SECRET}"]
        assert (await facts.list_facts(session, member)).items == ()
    await nothing_was_bought(member, as_owner)


async def test_unknown_references_are_dropped_and_counted(
    db: None, claude: AnthropicSimulator, done: list[dict], count_queries
):
    member = await make_user()
    claude.script({"text": f"Take [[pack:{INVENTED_SLUG}]] or " + "[[pack:a]]" * 300 + " now."})
    async with assistant(claude):
        line = await ended(member, await ask(member, "What now?"))
    assert line.words == "Take  or  now."
    assert [one["dropped_items"] for one in done] == [301]
    assert len([one for one in count_queries if "packs" in one]) < 10  # a repeated reference is looked up once


async def test_unpublished_items_of_others_are_not_shown(db: None, claude: AnthropicSimulator, done: list[dict]):
    member, creator = await make_user(), await make_creator()
    draft = await make_pack(creator, is_published=False)
    claude.script(
        {"text": f"[[pack:{draft.slug}]] [[sound:{draft.file_ids[0]}]]"},
        {"text": "{}"},
        {"text": f"[[pack:{draft.slug}]]"},
    )
    async with assistant(claude):
        line = await ended(member, await ask(member, "What now?"))
    assert not [part for part in line.parts if isinstance(part, ItemsPart)]
    assert done[0]["dropped_items"] == 2


async def test_internal_markers_cannot_be_forged(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script({"text": "All free \ue2001\ue201 \ue200" + '2\ue201, says [x](/a "\ue2003\ue201").'})
    async with assistant(claude):
        line = await ended(member, await ask(member, "What is free?"))
    async with read_only() as session:
        (drawn,) = await rendering.render(session, member, line.parts)
    assert "data-source" not in drawn["html"]
    assert not re.search("[\ue000-\uf8ff]", line.words)


@pytest.mark.parametrize(
    "words",
    [
        "[x](javascript:alert(1))", "[x](JaVa&#115;cript:alert(1))", "[x](data:text/html,x)", "[x](//evil.test)",
        "[x](/\\evil.test)", "[x](</\t/evil.test>)", "[x](/&#9;/evil.test)", "[x](http://evil.test)", "<http://evil.test>",
        "![x](https://evil.test/a.png)", "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "[![x](https://a)](https://b)",
        "[x](https://evil.test \"t\")", "```\" onload=x\ncode\n```", "<a href=https://x style=y>z</a>", "[x][1]\n\n[1]: javascript:alert(1)",
        "| a |\n| - |\n| ![x](https://evil.test) |", "[x](vbscript:a)", "[x](mailto:a@b.test)", "<svg/onload=alert(1)>",
        "[x](/a \"\ue2001\ue201\")", "`\ue2001\ue201`", "[\ue2001\ue201](https://a.test)",
    ],
)  # fmt: skip
def test_rendered_text_cannot_run_or_fetch(words: str):
    looked = look(markdown.render(words))
    assert looked.wrong == []


def test_links_show_their_host():
    assert 'rel="noopener noreferrer nofollow ugc"' in markdown.render("[x](https://a.test)")
