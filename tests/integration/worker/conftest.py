"""What the tests of the worker share: a record of every change of state, and packs that only wait for their publishing."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

_RECORD = (
    "CREATE TABLE jobs.seen (id uuid, state text)",
    "CREATE FUNCTION jobs.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
    " $$ BEGIN INSERT INTO jobs.seen VALUES (NEW.id, NEW.state); RETURN NULL; END $$",
    "CREATE TRIGGER seen AFTER UPDATE OF state ON draft_files FOR EACH ROW EXECUTE FUNCTION jobs.see()",
    "CREATE TRIGGER seen AFTER UPDATE OF state ON drafts FOR EACH ROW EXECUTE FUNCTION jobs.see()",
)
_FORGET = ("DROP FUNCTION jobs.see CASCADE", "DROP TABLE jobs.seen")


@pytest.fixture
def seen(db: None, as_owner) -> Iterator[Callable[[str], Counter[int]]]:
    """Count how many things came to a state once, twice and so on."""

    def count(state: str) -> Counter[int]:
        rows = as_owner(f"SELECT count(*) FROM jobs.seen WHERE state = '{state}' GROUP BY id")
        return Counter(times for (times,) in rows)

    as_owner(*_RECORD)
    yield count
    as_owner(*_FORGET)


@pytest.fixture
def is_idle(as_owner) -> Callable[[], bool]:
    """Tell whether the queue has nothing to do any more."""
    return lambda: as_owner("SELECT count(*) FROM jobs.procrastinate_jobs WHERE status IN ('todo', 'doing')") == [(0,)]
