"""A rule-based model, sufficient for trying the product without a key."""

import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.anthropic import injection_victim
from tests.simulators.anthropic.requests import (
    Body,
    Source,
    blocks_of,
    dicts,
    json_in,
    newest_text,
    rounds,
    sources,
    system_of,
    text_of,
    tool_results,
)
from tests.simulators.anthropic.turns import MODES, Turn

SHORT_ANSWER = 90  # tokens
ASKS_FOR_SOUNDS = re.compile(
    r"\b(packs?|sounds?|samples?|loops?|drums?|kicks?|snares?|claps?|hats?|hi-hats?|808s?|bass(es)?|synths?|pads?|vocals?|"
    r"chords?|melod(y|ies)|pianos?|guitars?|percussion|bpm|find|search|show me|recommend|looking for|need)\b",
    re.IGNORECASE,
)
ASKS_FOR_MEANING = re.compile(
    r"\b(what(?:'?s| is| are| does)|explain|define|meaning of|difference between|how does)\b", re.IGNORECASE
)
ASKS_TO_BUY = re.compile(r"\b(buy|purchase|order|get me)\b", re.IGNORECASE)
ASKS_FOR_REFUND = re.compile(r"\brefund|\bmoney back\b", re.IGNORECASE)
ASKS_FOR_WALLET = re.compile(r"\b(wallet|balance|how many tokens|my tokens)\b", re.IGNORECASE)
ASKS_FOR_LIBRARY = re.compile(r"\b(my library|do i own|i own|did i buy|have i bought|my purchases)\b", re.IGNORECASE)
ASKS_FOR_TITLE = re.compile(r"\btitles?\b", re.IGNORECASE)
KEYWORD = re.compile(r"!!(\w+)((?:\s+\d+(?:\.\d+)?)*)")
CITED = re.compile(r"\[\[pack:([\w-]+)\]\]")
WORD = re.compile(r"[^\W_]+")
SENTENCE = re.compile(r"[^.!?\n]*[^.!?\s][^.!?\n]*[.!?]*")
COMMON = frozenset(
    WORD.findall(
        "a an and are as at be by can do does for from had has have how i in is it its me my of on or our please that the"
        " their them there this to us was we were what when where which who why will with would you your about say says tell"
    )
)
SAID_ROUND_A_WISH = frozenset(
    WORD.findall(
        "find show give get got need want looking search recommend something some any but more most very really like buy purchase propose order cheapest"
    )
)
MORE_SEARCHES = 3
IDLE_TALK = (
    "Start with the drums and leave them room: a kick that owns the lowest octave makes every later choice easier.",
    "Cut what you do not need below 120 Hz on everything but kick and bass, and the mix opens up at once.",
    "Keep the main idea to four bars, then change one thing every eight so that the ear stays curious.",
    "When two sounds fight, move one of them in time, in pitch or in the stereo field before you reach for an equaliser.",
    "Check the balance at a low volume, where the loudest part shows itself quickly.",
    "Swing between 54 and 58 per cent gives a loop its walk without making it sound late.",
)


@dataclass
class Settings:
    """Settings that the control interface changes."""

    obey: bool = False
    first_ms: float = 0
    tokens_per_second: float = 0
    context_window: int = 1_000_000
    keys: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    pack_line: str = "[[pack:{slug}]]"
    sound_line: str = "[[sound:{id}]]"
    speaks: str = ""  # what the rules say in place of an answer of their own, if set


def decide(body: Body, settings: Settings, files: dict[str, bytes]) -> Turn:
    """Choose an answer by rules, without a script."""
    if (body.get("output_config") or {}).get("format"):
        return Turn(text=json.dumps(sample(body["output_config"]["format"].get("schema", {}), newest_text(body))))
    asked = keyword(body)
    if asked:
        return asked
    if settings.obey and (turn := injection_victim.turn(body, files)):
        return turn
    if settings.speaks:
        return Turn(text=settings.speaks)
    return by_rule(body, settings, files)


def keyword(body: Body) -> Turn | None:
    """Parse ``!!mode``, ``!!mode 5``, ``!!tokens 800`` or ``!!pace 300 40`` from the latest message."""
    text = newest_text(body)
    if tool_results(body) and "!!endless" not in text:
        return None
    turn = None
    for word, numbers in KEYWORD.findall(text):
        values = [float(number) for number in numbers.split()]
        if word == "help":
            return Turn(
                text="Commands of this simulator: " + ", ".join(f"`!!{mode}`" for mode in (*MODES, "tokens", "pace"))
            )
        if word not in {*MODES, "tokens", "pace"}:
            continue
        turn = turn or Turn()
        set_by(turn, word, values)
    return turn


def set_by(turn: Turn, word: str, values: list[float]) -> None:
    if word == "tokens":
        turn.tokens = int(values[0]) if values else SHORT_ANSWER
    elif word == "pace":
        turn.first_ms, turn.tokens_per_second = (*values, 0.0, 0.0)[:2]
    else:
        turn.mode = word
        if values:
            turn.after = turn.calls = int(values[0])
            turn.retry_after = values[0]


def by_rule(body: Body, settings: Settings, files: dict[str, bytes]) -> Turn:
    text = newest_text(body)
    if wants_title(body, text):
        return Turn(text=title(text))
    if tool_results(body):
        return after_tools(body, settings, text)
    found = sources(body, files)
    if found and (answer := from_sources(found, text)):
        return answer
    call = choose_tool(body, text)
    if call:
        return Turn(text="Let me look that up.", tools=[call])
    if found:
        return Turn(text="The documents say nothing about that.")
    return Turn(text=paragraph(text, SHORT_ANSWER))


# Titles.


def wants_title(body: Body, text: str) -> bool:
    """Return whether a request generates a title: it has no tools and a low token limit, unlike a chat that mentions titles."""
    asked = ASKS_FOR_TITLE.search(text) or ASKS_FOR_TITLE.search(system_of(body))
    return bool(asked) and not body.get("tools") and body.get("max_tokens", 0) <= 300


def title(text: str) -> str:
    words = [word for word in WORD.findall(text) if word.lower() not in COMMON and not ASKS_FOR_TITLE.fullmatch(word)]
    return " ".join(word.capitalize() for word in [*words, "New", "Conversation", "About", "Music"][:4])


# Tools.


def choose_tool(body: Body, text: str) -> dict[str, Any] | None:
    """Choose a tool call for the user's request, among the offered tools."""
    offered = {tool["name"]: tool for tool in body.get("tools") or []}
    made = {call["name"] for call in rounds(body)}
    slugs = known_slugs(body)
    wishes = (
        ("propose_purchase", ASKS_TO_BUY.search(text) and slugs, slugs[-1] if slugs else ""),
        ("policy_lookup", ASKS_FOR_REFUND.search(text), ""),
        ("my_wallet", ASKS_FOR_WALLET.search(text), ""),
        ("my_library", ASKS_FOR_LIBRARY.search(text), ""),
        ("glossary_lookup", ASKS_FOR_MEANING.search(text), text),
        ("search_packs", ASKS_FOR_SOUNDS.search(text) or ASKS_TO_BUY.search(text), wish(text)),
        ("search_sounds", ASKS_FOR_SOUNDS.search(text), wish(text)),
    )
    for name, wished, value in wishes:
        if wished and name in offered and name not in made:
            return {"name": name, "input": fill(offered[name].get("input_schema") or {}, value)}
    return None


def wish(text: str, dropped: int = 0) -> str:
    """Extract search words from a request, without filler and without leading words that found nothing."""
    words = [word for word in re.findall(r"[^\s?!.,]+", text) if word.lower() not in COMMON | SAID_ROUND_A_WISH]
    return " ".join(words[dropped:] or words)


def search_again(body: Body, text: str) -> dict[str, Any] | None:
    """Search with fewer words if all of them together found nothing."""
    made = [call["name"] for call in rounds(body)].count("search_packs")
    words = wish(text, made)
    if not 0 < made <= MORE_SEARCHES or len(wish(text).split()) <= made:
        return None
    tool = next((tool for tool in body.get("tools") or [] if tool["name"] == "search_packs"), None)
    return {"name": "search_packs", "input": fill(tool.get("input_schema") or {}, words)} if tool else None


def fill(schema: dict[str, Any], value: str) -> dict[str, Any]:
    """Build an input: the value in the first string, and minimal values for other required fields."""
    properties, required = schema.get("properties") or {}, schema.get("required") or []
    filled = {name: sample(properties.get(name, {}), value) for name in required}
    first = next((name for name, one in properties.items() if one.get("type") == "string" and "enum" not in one), None)
    if first and value:
        filled[first] = value[: properties[first].get("maxLength", len(value))]
    return filled


def sample(schema: dict[str, Any], text: str) -> Any:
    """Build a minimal value for a JSON schema."""
    if "enum" in schema or "const" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    match kind or ("object" if "properties" in schema else ""):
        case "object":
            properties = schema.get("properties") or {}
            return {
                name: title(text) if name == "title" else sample(properties[name], text)
                for name in schema.get("required", properties)
            }
        case "array":
            return [sample(schema.get("items") or {}, text)] * schema.get("minItems", 0)
        case "string" | "":
            return text[: schema.get("maxLength", 200)]
        case simple:
            return {"boolean": False, "null": None}.get(simple, schema.get("minimum", 1))


def known_slugs(body: Body) -> list[str]:
    """List packs named by tools or earlier answers, newest last; the first of a list before the others."""
    found: list[str] = []
    for message in body["messages"]:
        for block in blocks_of(message):
            if block.get("type") == "tool_result":
                found.extend(reversed([named(item) for item in items_in(result_text(block)) if named(item)]))
        if message["role"] == "assistant":
            found.extend(reversed(CITED.findall(text_of(message))))
    return found


def result_text(block: dict[str, Any]) -> str:
    return text_of({"content": block.get("content")})


def items_in(text: str) -> list[dict[str, Any]]:
    return [each for each in dicts(json_in(text)) if isinstance(each.get("slug"), str) or "id" in each or "ref" in each]


def named(item: dict[str, Any]) -> str:
    return str(item.get("ref") or item.get("slug") or "")


def after_tools(body: Body, settings: Settings, text: str) -> Turn:
    """Answer from tool results."""
    results = tool_results(body)
    if all(block.get("is_error") for block in results):
        return Turn(text="That did not work just now. Please try again in a moment, or ask me something else.")
    names = {call["id"]: call["name"] for call in rounds(body)}
    said = "\n".join(result_text(block) for block in results if not block.get("is_error"))
    last = names.get(results[-1]["tool_use_id"], "")
    if last == "propose_purchase":
        return Turn(text="I have prepared the purchase. Nothing is paid until you confirm it yourself.")
    if ASKS_TO_BUY.search(text) and last == "search_packs" and (call := choose_tool(body, text)):
        return Turn(tools=[call])
    items = items_in(said)
    if not items and last == "search_packs" and (call := search_again(body, text)):
        return Turn(tools=[call])
    if "search" in last or any(named(item) for item in items):
        return Turn(text=recommendation(items, settings, text))
    return Turn(text=retold(said))


def recommendation(items: list[dict[str, Any]], settings: Settings, text: str) -> str:
    if not items:
        return "Nothing in the catalogue fits that yet. Try fewer words, or another tempo or key."
    lines = ["Here is what fits best:", ""]
    for item in items[:2]:
        if "ref" in item:
            lines += [f"**{item.get('title')}**: {reason(item, text)}", "", f"[[{item['ref']}]]", ""]
            continue
        is_sound = "slug" not in item or item.get("kind", item.get("type")) == "sound"
        line = settings.sound_line if is_sound and "id" in item else settings.pack_line
        name = item.get("title") or item.get("name") or "This one"
        lines += [f"**{name}**: {reason(item, text)}", "", line.format_map({"slug": "", "id": "", **item}), ""]
    return "\n".join(lines).strip()


def reason(item: dict[str, Any], text: str) -> str:
    """Find a word of the request in an item."""
    said = json.dumps(item, ensure_ascii=False).lower()
    shared = [word for word in content_words(text) if word in said]
    return f"it answers to *{shared[0]}* in your wish." if shared else "it comes closest to your wish."


def retold(said: str) -> str:
    balance = next((each["balance_tokens"] for each in dicts(json_in(said)) if "balance_tokens" in each), None)
    if balance is not None:
        return f"You have **{balance:,} tokens** left."
    texts = [
        each[name] for each in dicts(json_in(said)) for name in ("text", "rule", "summary", "message") if each.get(name)
    ]
    if not texts and any(each.get("items") == [] for each in dicts(json_in(said))):
        return "There is nothing of that."
    return str(texts[0]) if texts else f"Here is what I found: {said.strip()[:600]}" if said.strip() else "Done."


# Documents.


def content_words(text: str) -> list[str]:
    return [word for word in (found.lower() for found in WORD.findall(text)) if word not in COMMON]


def _stem(word: str) -> str:
    return word.rstrip("s")[:6]


def from_sources(found: list[Source], question: str) -> Turn | None:
    """Answer with the sentence most similar to the question, and cite it."""
    wanted = {_stem(word) for word in content_words(question)}
    best, best_score = None, 0.0
    for source in found:
        for at, part in enumerate(source.parts):
            for sentence in SENTENCE.finditer(part):
                words = [_stem(word) for word in content_words(sentence.group())]
                if len(words) < 3:  # a heading is no answer
                    continue
                score = len(wanted & set(words)) - len(words) / 1000
                if score > best_score:
                    best, best_score = (source, at, sentence), score
    if best is None:
        return None
    source, at, sentence = best
    quoted = sentence.group().strip()
    made = [citation(source, at, sentence.start(), sentence.group())] if source.cited else []
    opening = {
        "type": "text",
        "text": "According to your document: " if source.kind != "search" else "From what you gave me: ",
    }
    answer = {"type": "text", "text": quoted, **({"citations": made} if made else {})}
    return Turn(mode="cite" if made else "ok", blocks=[opening, answer])


def citation(source: Source, at: int, start: int, raw: str) -> dict[str, Any]:
    """Build a citation in the API's format for the kind of document."""
    start += len(raw) - len(raw.lstrip())
    text = raw.strip()
    place = {"document_index": source.index, "document_title": source.title}
    match source.kind:
        case "char":
            return {"type": "char_location", "cited_text": text, **place, "start_char_index": start, "end_char_index": start + len(text)}  # fmt: skip
        case "page":
            return {"type": "page_location", "cited_text": text, **place, "start_page_number": at + 1, "end_page_number": at + 2}  # fmt: skip
        case "block":
            return {"type": "content_block_location", "cited_text": source.parts[at], **place, "start_block_index": at, "end_block_index": at + 1}  # fmt: skip
    return {
        "type": "search_result_location", "cited_text": source.parts[at], "search_result_index": source.index,
        "source": source.name, "title": source.title, "start_block_index": at, "end_block_index": at + 1,
    }  # fmt: skip


def paragraph(text: str, tokens: int) -> str:
    """Generate filler text of about so many tokens."""
    about = " ".join(content_words(KEYWORD.sub("", text))[:4])
    said, size = [f"A few thoughts on {about}." if about else "A few thoughts."], 0
    for sentence in itertools.cycle(IDLE_TALK):
        size = len(pieces(" ".join(said)))
        if size >= tokens:
            break
        said.append(sentence)
    return "".join(pieces(" ".join(said))[:tokens])


TOKEN = re.compile(r"\s*\S{1,6}|\s+")


def pieces(text: str) -> list[str]:
    """Split a text into the simulator's tokens."""
    return TOKEN.findall(text)
