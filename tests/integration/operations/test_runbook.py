"""Commands, statements, status fields and links of the documentation are real, and each alert has a section in the runbook."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main
import yaml
from sqlalchemy import text

from askchopper.cli import app
from askchopper.database import transaction
from askchopper.vocabulary import Role
from tests.support.clients import api_client
from tests.support.database import ROOT
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
RUNBOOK = ROOT / "docs/runbook.md"
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "DEPLOYMENT.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
_COMMAND = re.compile(r"python -m askchopper ([a-z][^`|&\n]*)")
_PLACEHOLDERS = {"FOLDER": ".", "REVISION": "head", "COMMAND": "doctor", "…": "x", "ID": "1"}
_LINK = re.compile(r"\]\(([^)#\s]*)#([\w-]+)\)")


def headings(document: Path) -> set[str]:
    """Return the anchors of a document, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(document: Path) -> Iterator[list[str]]:
    """Yield the arguments of each command of ours in a document, without comments."""
    for found in _COMMAND.findall(document.read_text()):
        yield [_PLACEHOLDERS.get(word, word) for word in shlex.split(found, comments=True)]


def parse(words: list[str]) -> None:
    """Parse a command line as the program does, without running it.

    Raises:
        Exception: one of click's: no such command or option, a missing or malformed argument.
    """
    command: Any = typer.main.get_command(app)
    context: click.Context | None = None
    while hasattr(command, "commands"):
        name, *words = words
        assert name in command.commands, name
        command = command.commands[name]
    command.make_context(command.name, words, parent=context)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_exists(document: Path):
    for words in commands(document):
        parse(words)


@pytest.mark.parametrize("words", [["no-such-command"], ["backup"], ["sweep", "--force"], ["ledger", "repair"]])
def test_wrong_command_is_found(words: list[str]):
    with pytest.raises(Exception):  # noqa: B017, PT011 - the classes are those of Typer's own copy of click
        parse(words)


def test_every_alert_has_a_section():
    rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"][0]["rules"]
    known, printed = headings(RUNBOOK), RUNBOOK.read_text()
    for rule in rules:
        path, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (ROOT / path, anchor in known) == (RUNBOOK, True), rule["alert"]
        assert f"`{rule['alert']}`" in printed, rule["alert"]
    named = set(re.findall(r"`([A-Z]\w+)`", " ".join(re.findall(r"^Alerts? .*$", printed, re.MULTILINE))))
    assert named == {rule["alert"] for rule in rules}
    assert len(re.findall(r"^## ", printed, re.MULTILINE)) == 10


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_sections_resolve(document: Path):
    for path, anchor in _LINK.findall(document.read_text()):
        if "://" not in path:
            target = (document.parent / path).resolve() if path else document
            assert anchor in headings(target), f"{path}#{anchor}"


async def test_statements_run(db: None, as_owner):
    statements = re.findall(r'psql "\$(DATABASE_URL\w*)" -c "([^"]+)"', RUNBOOK.read_text())
    assert len(statements) >= 7
    for name, statement in statements:
        if name == "DATABASE_URL_DIRECT":
            as_owner(statement)
            continue
        async with transaction() as session:
            await session.execute(text(statement))


async def test_status_has_the_fields(db: None):
    async with api_client(await make_user(role=Role.ADMIN)) as client:
        status, health = (await client.get("/status")).json(), (await client.get("/health")).json()
    asked = re.findall(r"SITE/(status|health)\" \| jq '?((?:\.[\w.]*(?:, )?)+)", RUNBOOK.read_text())
    assert len(asked) >= 8
    for source, fields in asked:
        for field in fields.split(", "):
            value: Any = status if source == "status" else health
            for name in filter(None, field.split(".")):
                assert name in value, f"/{source}: {field}"
                value = value[name]
