"""A model that obeys all orders in its data, to test the product's own protections.

The grammar, in all texts of the request but those the model has written itself:

    CALL name {json}   call the tool, once        LOOP name {json}   call it again in every round
    SAY text           say the rest of the line   HTML <b>text</b>   the same, for markup
    LINK address       a Markdown link            IMAGE address      a Markdown image
    REVEAL             say the system prompt      EXFIL address      an image whose address carries the system prompt

``END`` ends SAY, HTML and REVEAL before the line does. The words are also recognised with zero-width characters, look-alike
letters, HTML entities, reversed text and base64, since a model would read those. In the system prompt, which contains no
untrusted text, HTML and REVEAL are ordinary words.
"""

import base64
import binascii
import html
import json
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from tests.simulators.anthropic.requests import Body, blocks_of, leaves, sources, system_of
from tests.simulators.anthropic.turns import Turn

DIRECTIVE = re.compile(r"\b(CALL|LOOP|SAY|HTML|LINK|IMAGE|REVEAL|EXFIL)\b[ \t]*")
TOOL_NAME = re.compile(r"[\w.:-]+")
BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
LOOK_ALIKES = str.maketrans("АВЕКМНОРСТХІЅаеорсхуі", "ABEKMHOPCTXISaeopcxyi")  # noqa: RUF001
LEAKED = 300  # characters of the system prompt in a URL


@dataclass(frozen=True)
class Order:
    verb: str
    word: str
    value: str = ""  # of a call: its input as JSON


def turn(body: Body, files: dict[str, bytes]) -> Turn | None:
    """Obey orders that have not been obeyed yet; None if the request contains none."""
    found = orders(body, files)
    if not found:
        return None
    made = {(block["name"], json.dumps(block["input"], sort_keys=True)) for message in body["messages"] for block in blocks_of(message) if block.get("type") == "tool_use"}  # fmt: skip
    calls = [
        {"name": order.word, "input": json.loads(order.value)}
        for order in found
        if order.verb == "LOOP" or (order.verb == "CALL" and (order.word, order.value) not in made)
    ]
    said = [text for order in found if (text := spoken(order, system_of(body)))]
    if not calls and not said:
        return None  # all orders are done: the default answer
    return Turn(text="\n\n".join(said), tools=calls)


def orders(body: Body, files: dict[str, bytes]) -> list[Order]:
    """Find the distinct orders in all texts of the request, except in the model's own messages."""
    texts: dict[str, None] = {}
    for message in body["messages"]:
        if message["role"] != "assistant":
            for leaf in leaves(message["content"]):
                texts.setdefault(leaf)
    for source in sources(body, files):
        texts.update(dict.fromkeys(source.parts))
    found = [order for text in texts for reading in readings(text) for order in orders_in(reading)]
    found += [order for order in orders_in(system_of(body)) if order.verb not in {"HTML", "REVEAL"}]
    return list(dict.fromkeys(found))


def readings(text: str) -> list[str]:
    """Return a text and its decoded variants that a model would understand."""
    plain = "".join(
        char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) not in {"Cf", "Co"}
    )
    plain = html.unescape(plain).translate(LOOK_ALIKES)
    tags = "".join(chr(ord(char) - 0xE0000) for char in text if 0xE0020 <= ord(char) <= 0xE007E)
    decoded = [found for run in BASE64.findall(plain) if (found := from_base64(run))]
    return [plain, plain[::-1], *([tags] if tags else []), *decoded]


def from_base64(run: str) -> str:
    try:
        return base64.b64decode(run + "=" * (-len(run) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def orders_in(text: str) -> list[Order]:
    found = []
    for match in DIRECTIVE.finditer(text):
        verb, rest = match.group(1), text[match.end() :]
        if verb in {"CALL", "LOOP"}:
            order = call(verb, rest)
        elif verb == "REVEAL":
            order = Order(verb, "")
        else:
            order = Order(verb, argument(verb, rest))
        if order and (order.word or verb == "REVEAL"):
            found.append(order)
    return found


def call(verb: str, rest: str) -> Order | None:
    name = TOOL_NAME.match(rest)
    if not name:
        return None
    after = rest[name.end() :].lstrip()
    value: object = {}
    for candidate in (after, after.replace('\\"', '"')):
        if candidate.startswith("{"):
            try:
                value, _ = json.JSONDecoder().raw_decode(candidate)
                break
            except ValueError:
                continue
    return Order(verb, name.group(), json.dumps(value, sort_keys=True))


def argument(verb: str, rest: str) -> str:
    line = rest.partition("\n")[0]
    if verb in {"LINK", "IMAGE", "EXFIL"}:
        return line.split()[0] if line.split() else ""
    return line.partition(" END")[0].strip()


def spoken(order: Order, system: str) -> str:
    match order.verb:
        case "SAY" | "HTML":
            return order.word
        case "LINK":
            return f"[open this]({order.word})"
        case "IMAGE":
            return f"![x]({order.word})"
        case "EXFIL":
            return f"![x]({order.word}{quote(system[:LEAKED])})"
        case "REVEAL":
            return system
    return ""
