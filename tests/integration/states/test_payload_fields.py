"""Every field that leaves the server, by route and audience, equals the list in ``payload_fields.json``.

A new field has to be put there on purpose: ``UPDATE_PAYLOADS=1 pytest tests/integration/states/test_payload_fields.py`` writes the list,
and its difference is reviewed like code.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reflex.utils.format import json_dumps

from askchopper.api import health_checks
from askchopper.pages import FRAME_LOAD, PAGES
from askchopper.schemas.accounts import Viewer
from tests.integration.api.test_api_access import ROWS, filled, people
from tests.support.clients import api_client
from tests.support.events import tab

LISTED = Path(__file__).with_name("payload_fields.json")
AUDIENCES = ("anonymous", "owner", "creator", "admin")
# Parts of a page's path, by the name of their parameter.
EXAMPLES = [f"askchopper___states___catalogue____landing_state.examples[].{name}" for name in ("href", "label")]
SEARCHED = [f"askchopper___states___operations____synonyms_state.searched[].{name}" for name in ("count", "label")]
PARTS = {"[slug]": "", "[[conversation]]": "", "[conversation]": "", "[uuid]": "forged", "[term]": "swing"}
_NAME = re.compile(r"[a-z_][\w.]*", re.IGNORECASE)


def fields(value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of all leaves; items of lists share a path, and so do entries of maps whose keys are data."""
    if isinstance(value, dict):
        for name, each in value.items():
            step = name if _NAME.fullmatch(str(name)) else "*"
            yield from fields(each, f"{path}.{step}" if path else step)
    elif isinstance(value, list):
        for each in value:
            yield from fields(each, f"{path}[]")
    else:
        yield path


async def of_api(seen: dict[str, Viewer | None], path_values: tuple[Any, str]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for method, path in sorted(ROWS):
        if method != "GET" or path in {
            "/status",
            "/api/v1/openapi.json",
        }:  # for operators; counters have a key for each kind that occurred
            continue
        for audience in AUDIENCES:
            async with api_client(seen[audience]) as client:
                answer = await client.get(filled(path, *path_values), headers={"Accept": "application/json"})
            if answer.status_code == 200 and "json" in answer.headers.get("content-type", ""):
                found.setdefault(f"GET {path}", {})[audience] = sorted(set(fields(answer.json())))
    return found


async def of_pages(seen: dict[str, Viewer | None], slugs: dict[str, str]) -> dict[str, dict[str, list[str]]]:
    """Return the variables of all states that the pages send, in one list for each audience."""
    sent: dict[str, set[str]] = {audience: set() for audience in AUDIENCES}
    for page in PAGES:
        path = page.path
        for part, value in PARTS.items():
            path = path.replace(part, value or slugs.get(path.strip("/").split("/")[0], "x"))
        for audience in AUDIENCES:
            async with tab(seen[audience]) as opened:
                for event in (FRAME_LOAD, *page.on_load):
                    await opened.send(event.fn.__qualname__, path)
                sent[audience].update(fields(json.loads(json_dumps(opened.others))))
    return {"pages": {audience: sorted(names) for audience, names in sent.items()}}


def _beyond_public(found: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
    """Leave out, for members, what everybody gets."""
    return {
        route: {
            audience: [name for name in names if audience == "anonymous" or name not in audiences.get("anonymous", ())]
            for audience, names in audiences.items()
        }
        for route, audiences in found.items()
    }


async def test_only_listed_fields_leave_the_server(db: None):
    health_checks.forget()  # errors of earlier tests in this process
    seen, pack, _, purchase_id = await people()
    found = await of_api(seen, (pack, purchase_id)) | await of_pages(seen, {"pack": pack.slug, "creator": "velvet"})
    if os.environ.get("UPDATE_PAYLOADS"):
        LISTED.write_text(json.dumps(_beyond_public(found), indent=1) + "\n")
    listed = json.loads(LISTED.read_text())
    listed["pages"]["anonymous"] += EXAMPLES  # examples are computed once, from the catalogue of an earlier test
    listed["pages"]["admin"] += SEARCHED  # written half a minute after the searches of an earlier test, or of this one
    new = {
        f"{route} for {audience}": sorted(set(names) - set(listed.get(route, {}).get(audience, [])))
        for route, audiences in _beyond_public(found).items()
        for audience, names in audiences.items()
    }
    assert {where: names for where, names in new.items() if names} == {}


def test_nothing_secret_is_listed():
    text = LISTED.read_text()
    for word in (
        "password",
        "token_hash",
        "store_key",
        "master_key",
        "preview_key",
        "embedding",
        "disabled_at",
    ):
        assert not re.search(rf'[."]{word}"', text), word
