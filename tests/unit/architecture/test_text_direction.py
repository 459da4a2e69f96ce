"""Fields that take any text follow its direction, so that Arabic and Hebrew begin at the right."""

import ast
import re

import pytest

from tests.support.database import ROOT
from tests.unit.architecture.test_sizes import tracked

OTHER_TYPES = {
    "checkbox", "radio", "hidden", "file", "range", "number", "email", "password", "datetime-local", "date", "url",
}  # fmt: skip
JSX_FIELD = re.compile(r"<(?:input|textarea)\b.*?/>", re.DOTALL)
# Values that have one direction: a number, a password.
NUMBERS = re.compile(r'aria_label=.*(?:BPM|Tempo|Price)|name="(?:code|tokens)"|type=\{isShown')


def is_number(source: str) -> bool:
    return bool(NUMBERS.search(source)) or any(f'type="{kind}"' in source for kind in OTHER_TYPES)


@pytest.mark.parametrize("name", tracked("assets/src/*.jsx"))
def test_client_fields(name: str):
    fields = JSX_FIELD.findall((ROOT / name).read_text())
    assert [field for field in fields if 'dir="auto"' not in field and not is_number(field)] == []


@pytest.mark.parametrize(
    "name", tracked("askchopper/pages/*.py", "askchopper/views/*.py", "askchopper/components/*.py")
)
def test_page_fields(name: str):
    text = (ROOT / name).read_text()
    fields = [
        ast.get_source_segment(text, node) or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"rx.el.input", "rx.el.textarea"}
    ]
    assert [
        field for field in fields if 'dir="auto"' not in field and "**props" not in field and not is_number(field)
    ] == []
