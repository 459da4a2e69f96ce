"""The import of the old application: everything once, nothing by a dry run or a failure, and back again."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from askchopper import settings
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, NotFoundError
from askchopper.schemas.identifiers import require_id
from askchopper.services import accounts
from askchopper.services.assistant import conversations, threads
from askchopper.services.legacy_import import importer, undo
from askchopper.services.legacy_import.files import UploadFolder
from askchopper.services.legacy_import.report import Report
from askchopper.services.legacy_import.source import opened
from askchopper.services.purchases import checkout
from tests.support import command_line
from tests.support.factories import balance_of, check_ledger, make_pack, make_user
from tests.support.legacy_site import PASSWORD, make
from tests.support.soak import soak

pytestmark = pytest.mark.integration
_COUNTS = " UNION ALL ".join(
    f"SELECT '{table}', count(*) FROM {table}"
    for table in ("users", "drafts", "draft_files", "conversations", "messages", "documents", "activity", "user_feedback",
                  "ledger_transactions", "legacy_imports", "legacy_rows", "jobs.procrastinate_jobs")
)  # fmt: skip


async def run(database: Path, uploads: Path, *, is_dry_run: bool = False) -> Report:
    with opened(database) as source:
        return await importer.Import(source, UploadFolder(uploads), is_dry_run=is_dry_run).run()


def stored() -> set[str]:
    folder = settings.get().data_dir / "files"
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in found if name.startswith(("packs/", "documents/"))}


@pytest.fixture
def counts(as_owner):
    return lambda: dict(as_owner(_COUNTS))


async def test_everything_is_imported_once(db: None, tmp_path: Path, counts, as_owner):
    await make_user(email="member3@old.example", name="Here before")
    before = stored()
    site = make(tmp_path)
    report = await run(*site)
    tables = report.tables
    assert {name: (one.read, one.imported) for name, one in tables.items()} == {
        "users": (7, 6), "audio_packs": (3, 2), "audio_files": (10, 3), "user_tokens": (4, 2), "chat_messages": (40, 40),
        "documents": (2, 1), "user_downloads": (2, 2), "user_activity": (2, 1), "feedback": (2, 1),
    }  # fmt: skip
    assert tables["users"].ignored_columns == ["favourite_colour"]
    assert sum(tables["audio_files"].skipped.values()) == 7
    assert tables["audio_files"].skipped["its file is missing"] == 3
    assert len(stored() - before) == 4
    assert counts()["jobs.procrastinate_jobs"] == 4
    assert as_owner("SELECT title, genre_slug, price_tokens FROM drafts ORDER BY title") == [
        ("Night Bus", "hip-hop", 45),
        ("Second", "", 30),
    ]
    assert (await check_ledger()).problems == ()
    first = counts()
    again = await run(*site)
    assert counts() == first
    assert again.import_id == ""
    assert again.tables["users"].known == 6


async def test_old_passwords_work_and_are_hashed_again(db: None, tmp_path: Path, as_owner):
    await run(*make(tmp_path))
    for email, tokens in (("member1@old.example", 120), ("MEMBER2@old.example", 0)):
        with pytest.raises(accounts.WrongCredentialsError):
            await accounts.authenticate(email=email, password="wrong", user_agent="tests", client_ip="", device="")
        _, viewer = await accounts.authenticate(
            email=email, password=PASSWORD, user_agent="tests", client_ip="", device=""
        )
        assert await balance_of(viewer) == tokens
    kinds = dict(as_owner("SELECT email, left(password_hash, 9) FROM users"))
    assert kinds["member1@old.example"] == kinds["member2@old.example"] == "$argon2id"
    assert kinds["member3@old.example"] is None


async def test_conversations_are_readable(db: None, tmp_path: Path):
    await run(*make(tmp_path))
    _, viewer = await accounts.authenticate(
        email="member1@old.example", password=PASSWORD, user_agent="tests", client_ip="", device=""
    )
    async with read_only() as session:
        page = await conversations.list_conversations(session, viewer)
        thread = await threads.get_thread(session, viewer, conversation_id=page.items[0].id)
    assert len(page.items) == 3
    assert [message.words[:5] for message in thread.messages][:1] == ["Words"]


async def test_dry_run_and_failures_change_nothing(db: None, tmp_path: Path, counts, monkeypatch: pytest.MonkeyPatch):
    site, before, files = make(tmp_path), counts(), stored()
    report = await run(*site, is_dry_run=True)
    assert report.tables["chat_messages"].imported == 40
    assert (counts(), stored()) == (before, files)
    monkeypatch.setattr(importer.Import, "_feedback", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await run(*site)
    assert (counts(), stored()) == (before, files)


async def test_undo_takes_everything_back(db: None, tmp_path: Path, counts):
    before, files, site = counts(), stored(), make(tmp_path)
    import_id = require_id((await run(*site)).import_id, "")
    await undo.undo(import_id)
    after = counts()
    assert {
        name: after[name]
        for name in ("drafts", "conversations", "messages", "documents", "activity", "user_feedback", "legacy_rows")
    } == {
        name: before[name]
        for name in ("drafts", "conversations", "messages", "documents", "activity", "user_feedback", "legacy_rows")
    }
    assert stored() == files
    with pytest.raises(accounts.WrongCredentialsError):
        await accounts.authenticate(
            email="member1@old.example", password=PASSWORD, user_agent="tests", client_ip="", device=""
        )
    with pytest.raises(NotFoundError):
        await undo.undo(import_id)
    assert (await check_ledger()).problems == ()
    assert (await run(*site)).tables["users"].imported == 6
    assert (await check_ledger()).problems == ()


async def test_undo_is_refused_once_something_was_bought(db: None, tmp_path: Path, counts):
    report, pack = await run(*make(tmp_path)), await make_pack(price=30)
    _, viewer = await accounts.authenticate(
        email="member1@old.example", password=PASSWORD, user_agent="tests", client_ip="", device=""
    )
    async with transaction() as session:
        await checkout.buy(session, viewer, pack_slug=pack.slug, price_tokens=30, key="key")
    before = counts()
    with pytest.raises(ConflictError, match="Nothing was changed"):
        await undo.undo(require_id(report.import_id, ""))
    assert counts() == before


def cli(*words: object) -> subprocess.CompletedProcess[str]:
    return command_line.run("import-legacy", *words)


@pytest.mark.parametrize("fault", ["missing", "text", soak("locked"), "cut", "empty"])
async def test_unusable_database_is_one_sentence(db: None, tmp_path: Path, counts, fault: str):
    database, uploads = make(tmp_path, members=50, messages=2_000)
    before, holder = counts(), sqlite3.connect(database)
    if fault == "locked":
        holder.execute("BEGIN EXCLUSIVE")
    elif fault == "cut":
        database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])
    elif fault == "text":
        database.write_text("id,email\n1,x")
    elif fault == "empty":
        database.unlink()
        sqlite3.connect(database).execute("CREATE TABLE other (id)").connection.commit()
    elif fault == "missing":
        database.unlink()
    done = cli(database, uploads)
    holder.close()
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) <= 3, done.stderr
    assert "Traceback" not in done.stderr
    assert counts() == before


async def test_command_reports_and_tolerates_missing_tables(db: None, tmp_path: Path):
    database, uploads = make(tmp_path)
    connection = sqlite3.connect(database)
    connection.executescript(
        "DROP TABLE feedback; ALTER TABLE audio_packs RENAME COLUMN title TO label; ALTER TABLE users DROP COLUMN created_at"
    )
    connection.commit()
    connection.close()
    done = cli(database, uploads, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "feedback: not in the database" in done.stdout
    assert "audio_packs: has no column for title" in done.stdout
    assert "Nothing was changed." in done.stderr
    assert cli(database, tmp_path / "nowhere").returncode == 1
    assert cli("--undo", "x").returncode == 1
    shutil.rmtree(uploads)
