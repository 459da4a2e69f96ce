"""Size limits of files and state classes. Exceptions may be removed, never added."""

import ast
import subprocess

from tests.support.database import ROOT

MAX_LINES = 400
MAX_STATE_LINES, MAX_STATE_VARS, MAX_STATE_HANDLERS = 200, 12, 10
LARGE_STATES = {"BrowseState", "ChatState", "HistoryState", "PackState", "DraftFilesState", "WizardState"}


def tracked(*patterns: str) -> list[str]:
    found = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in found.stdout.split() if (ROOT / name).is_file()]


def is_large(state: ast.ClassDef) -> bool:
    variables = [
        node for node in state.body if isinstance(node, ast.AnnAssign) and not ast.unparse(node.target).startswith("_")
    ]
    handlers = [
        node
        for node in state.body
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
        and any(ast.unparse(decorator).startswith("rx.event") for decorator in node.decorator_list)
    ]
    lines = (state.end_lineno or 0) - state.lineno + 1
    return lines > MAX_STATE_LINES or len(variables) > MAX_STATE_VARS or len(handlers) > MAX_STATE_HANDLERS


def test_file_length_limit():
    names = tracked("*.py", "*.js", "*.jsx", "*.sql", ":!alembic/*", ":!package-lock.json")
    long = {name for name in names if len((ROOT / name).read_text(encoding="utf-8").splitlines()) > MAX_LINES}
    assert long == set()


def test_state_class_size_limits():
    classes = [
        node
        for name in tracked("askchopper/states/*.py")
        for node in ast.parse((ROOT / name).read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert {node.name for node in classes if is_large(node)} == LARGE_STATES
