"""Migrations: the schema's revision, and whether this release is compatible with it.

Each schema lists in ``schema_compatibility`` the revisions whose releases may run on it. A release cannot know revisions that are
newer than itself, so it looks up its own there. See docs/decisions/0022-schema-and-code-move-separately.md.
"""

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, ProgrammingError

from askchopper import settings

# Releases before it refuse every schema that is newer than theirs, and are not tested on newer ones.
OLDEST_COMPATIBLE = "c8e52f6a1d37"
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_FOLLOWED = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)
_NOT_ALLOWED = "42501"


class SchemaError(Exception):
    """The schema and this release are incompatible, or a migration failed; the message is one clear sentence."""


def upgrade() -> bool:
    """Migrate the database to the latest revision; safe to run concurrently.

    Returns:
        False if the database is newer than this release, which may run on it.

    Raises:
        SchemaError: the database is newer and this release may not run on it, or the migration failed.
    """
    found = current_revisions()
    heads = head_revisions()
    if found == heads:
        return True
    if found - _known_revisions():
        _check_compatible(found, heads)
        return False
    _run("upgrade", "head")
    return True


def is_known(revision: str) -> bool:
    """Return whether this release contains the migration to a revision."""
    return revision in _known_revisions()


def migrate(revision: str) -> None:
    """Migrate the database up or down to a revision. A downgrade deletes data of the later revisions.

    Raises:
        SchemaError: there is no such revision, or the migration failed.
    """
    _run("downgrade" if is_downgrade(revision) else "upgrade", revision)


def is_downgrade(revision: str) -> bool:
    """Return whether a revision is older than that of the database.

    Raises:
        SchemaError: this release does not know the revision, or not the database's.
    """
    return bool(undone_by(revision))


def undone_by(revision: str) -> list[str]:
    """List the migrations that a downgrade to a revision reverts, newest first; empty for an upgrade.

    Raises:
        SchemaError: this release does not know the revision, or not the database's.
    """
    from alembic.script.revision import RevisionError  # noqa: PLC0415 - see ``_config``
    from alembic.util import CommandError  # noqa: PLC0415 - see ``_config``

    scripts, found = _scripts(), current_revisions()
    _check_known(found)
    try:
        scripts.get_revisions(revision)
        newer = [script for script in scripts.iterate_revisions(tuple(found), revision) if script.revision != revision]
    except CommandError:
        raise SchemaError(f"There is no revision {revision}. List them: python -m askchopper migrate --list") from None
    except RevisionError:  # not an ancestor of the database's revision, so this is an upgrade
        return []
    return [f"{script.revision} {script.doc}" for script in newer]


def history() -> Iterator[str]:
    """Describe the known migrations, newest first, and mark the database's revision."""
    found = current_revisions()
    for script in _scripts().walk_revisions():
        yield f"{script.revision}{' (database)' if script.revision in found else ''}  {script.doc}"


def head_revisions() -> set[str]:
    """Return the revisions that no other migration follows, as ``alembic heads`` does, without importing Alembic."""
    sources = _sources()
    return _known_revisions() - {found for text in sources for found in _FOLLOWED.findall(text)}


def current_revisions() -> set[str]:
    """Return the database's revisions; empty for an empty or unreachable one, so that Alembic reports the error."""
    try:
        return set(_column("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        return set()


def compatible_revisions(scripts: Any, heads: tuple[str, ...]) -> list[str]:
    """Return the revisions whose releases can run on a schema: from its own back to the last contract migration.

    A migration that removes or narrows anything that the previous release uses sets ``IS_CONTRACT = True``.
    """
    found: list[str] = []
    for script in scripts.iterate_revisions(heads, "base"):
        found.append(script.revision)
        if getattr(script.module, "IS_CONTRACT", False) or script.revision == OLDEST_COMPATIBLE:
            return found
    return list(heads)  # the schema is older than the first compatible revision


def _check_compatible(found: set[str], heads: set[str]) -> None:
    try:
        listed = set(_column("SELECT revision FROM schema_compatibility"))
    except ProgrammingError:
        listed = set()
    if not heads <= listed:
        raise SchemaError(
            f"The database has revision {', '.join(sorted(found))}, which this release does not know and may not run on. Start the"
            f" newer release, or use it to go back first: python -m askchopper migrate {', '.join(sorted(heads))}"
        )


def _check_known(found: set[str]) -> None:
    if unknown := found - _known_revisions():
        raise SchemaError(
            f"The database has revision {', '.join(sorted(unknown))}, which this release does not know. Use the newer release to migrate."
        )


def _known_revisions() -> set[str]:
    return {found for text in _sources() for found in _REVISION.findall(text)}


def _sources() -> list[str]:
    return [path.read_text() for path in (settings.PROJECT_DIR / "alembic" / "versions").glob("*.py")]


def _column(query: str) -> list[str]:
    engine = sa.create_engine(settings.get().sync_database_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        return list(connection.execute(sa.text(query)).scalars())


def _scripts() -> Any:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see ``_config``

    return ScriptDirectory.from_config(_config())


def _config() -> Any:
    from alembic.config import Config  # noqa: PLC0415 - takes half a second, and most starts have nothing to migrate

    return Config(settings.PROJECT_DIR / "alembic.ini")


def _run(direction: str, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - see ``_config``

    try:
        getattr(command, direction)(_config(), revision)
    except DBAPIError as error:
        raise SchemaError(f"The migration failed, nothing was changed: {_reason(error)}") from error


def _reason(error: DBAPIError) -> str:
    lines = str(error.orig or error).strip().splitlines()
    reason = lines[0] if lines else type(error).__name__
    if getattr(error.orig, "pgcode", None) == _NOT_ALLOWED and "extension" in reason:
        reason += ". Create the extensions pg_trgm, unaccent and vector as a superuser first, see DEPLOYMENT.md"
    return reason
