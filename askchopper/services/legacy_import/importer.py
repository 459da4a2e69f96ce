"""Imports the old application: files first, then all rows in one transaction, so that a failed import changes no rows.

Each row is imported once: ``legacy_rows`` maps it to the new row, and later runs skip it. Packs become drafts, whose
sounds are analysed and which their creators publish. Downloads and activity become entries of the activity log.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.integrations.blob_store import store
from askchopper.models.accounts import users
from askchopper.models.activity import activity_rows
from askchopper.models.assistant import conversations, messages
from askchopper.models.base import new_id
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.models.feedback import user_feedback
from askchopper.models.knowledge import documents
from askchopper.models.legacy_import import legacy_imports, legacy_rows
from askchopper.schemas.credentials import normalise_email
from askchopper.services.knowledge.documents import store_key as document_key
from askchopper.services.knowledge.formats import FORMATS, extension_of
from askchopper.services.legacy_import import chats, files, rows, values
from askchopper.services.legacy_import.report import Report
from askchopper.services.legacy_import.source import TABLES, Source
from askchopper.vocabulary import FeedbackSource, JobName

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('legacy import', 0))")
_CREDIT = text("""
    SELECT count(ledger_credit(id, owner, 'grant', key, 'Balance of the old site', amount, false))
    FROM unnest(CAST(:ids AS uuid[]), CAST(:users AS uuid[]), CAST(:keys AS text[]), CAST(:amounts AS integer[]))
        AS given(id, owner, key, amount)
""")
_NO_USER, _NO_PACK, _NO_FILE = "its user was not imported", "its pack was not imported", "its file is missing"
_MAX_OPENING_TOKENS = 1_000_000
Row = dict[str, Any]


@dataclass
class Import:
    """One import run. ``targets`` maps a table and id of the old database to the new id."""

    source: Source
    folder: files.UploadFolder
    is_dry_run: bool
    id: uuid.UUID = field(default_factory=new_id)
    report: Report = field(default_factory=Report)
    targets: dict[tuple[str, str], uuid.UUID] = field(default_factory=dict[tuple[str, str], uuid.UUID])
    planned: dict[tuple[str, str], uuid.UUID] = field(default_factory=dict[tuple[str, str], uuid.UUID])
    stored: dict[tuple[str, str], rows.StoredFile] = field(default_factory=dict[tuple[str, str], rows.StoredFile])
    sounds: set[tuple[uuid.UUID, str]] = field(default_factory=set[tuple[uuid.UUID, str]])
    refused: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    used_keys: set[str] = field(default_factory=set[str])

    async def run(self) -> Report:
        """Import everything and return the report. A dry run stores no files and rolls all rows back.

        Raises:
            InvalidInputError: the database is damaged.
            StorageFullError: the files do not fit.
        """
        for table in TABLES:
            counts = self.report.table(table)
            counts.missing = self.source.missing.get(table, "")
            counts.ignored_columns = self.source.ignored.get(table, [])
        async with read_only() as session:
            await self._load_known(session)
        try:
            for table, plan in (("audio_files", self._sound_key), ("documents", self._document_key)):
                await self._store_files(table, plan)
            async with transaction(timeout_seconds=None) as session:
                await session.execute(_LOCK)
                await self._import(session)
                if self.is_dry_run:
                    await session.rollback()
        except BaseException:
            self.used_keys.clear()
            raise
        finally:
            await self._delete_unused_files()
        return self.report

    async def _import(self, session: AsyncSession) -> None:
        await session.execute(insert(legacy_imports).values(id=self.id, report={}))
        await self._users(session)
        await self._packs(session)
        await self._sounds(session)
        await self._tokens(session)
        await self._chats(session)
        await self._documents(session)
        await self._log(session)
        await self._feedback(session)
        if any(counts.imported for counts in self.report.tables.values()):
            self.report.import_id = "" if self.is_dry_run else str(self.id)
            done = legacy_imports.update().where(legacy_imports.c.id == self.id).values(report=self.report.facts())
            await session.execute(done)
        else:
            await session.execute(legacy_imports.delete().where(legacy_imports.c.id == self.id))

    async def _load_known(self, session: AsyncSession) -> None:
        columns = legacy_rows.c.source_table, legacy_rows.c.source_id, legacy_rows.c.target_id
        known = await session.execute(select(*columns))
        self.targets = {(row.source_table, row.source_id): row.target_id for row in known}
        packs = [ours for (table, _), ours in self.targets.items() if table == "audio_packs"]
        sounds = select(draft_files.c.draft_id, draft_files.c.sha256).where(draft_files.c.draft_id.in_(packs))
        self.sounds = {(row.draft_id, row.sha256) for row in await session.execute(sounds)}

    def fresh(self, table: str, batch: list[Row]) -> list[Row]:
        """Count a batch, and return the rows not imported by an earlier run."""
        counts = self.report.table(table)
        counts.read += len(batch)
        new = [row for row in batch if (table, str(row["id"])) not in self.targets]
        counts.known += len(batch) - len(new)
        return new

    def skip(self, table: str, reason: str) -> None:
        """Count a row that cannot be imported, with the reason."""
        self.report.table(table).skipped[reason] += 1

    def owner(self, row: Row, table: str = "users", name: str = "user") -> uuid.UUID | None:
        """Return the new id of the row that column ``name`` refers to in ``table``; None if it was not imported."""
        return self.targets.get((table, str(row.get(name))))

    async def map(
        self, session: AsyncSession, table: str, pairs: list[tuple[Any, uuid.UUID]], *, is_new: bool = True
    ) -> None:
        """Record pairs of an old and a new id. ``is_new`` is False if the new row existed before, so that undo keeps it."""
        if not pairs:
            return
        known = [
            {
                "source_table": table,
                "source_id": str(old)[:100],
                "import_id": self.id,
                "target_id": ours,
                "is_new": is_new,
            }
            for old, ours in pairs
        ]
        await session.execute(insert(legacy_rows), known)
        self.targets.update({(table, str(old)): ours for old, ours in pairs})
        self.report.table(table).imported += len(pairs)

    async def add(self, session: AsyncSession, table: str, target: Any, made: list[tuple[Any, Row]]) -> None:
        """Insert a batch of new rows, and record the old rows they came from."""
        if made:
            await session.execute(insert(target), [row for _, row in made])
            await self.map(session, table, [(old, row["id"]) for old, row in made])

    async def _users(self, session: AsyncSession) -> None:
        for batch in self.source.batches("users"):
            made: dict[str, tuple[Any, Row]] = {}
            doubles: list[tuple[Any, str]] = []
            for row in self.fresh("users", batch):
                try:
                    email = normalise_email(str(row["email"] or ""))
                except InvalidInputError:
                    self.skip("users", "not an e-mail address")
                    continue
                if email in made:
                    doubles.append((row["id"], email))
                else:
                    made[email] = (row["id"], self._user(row, email))
            lowered = func.lower(users.c.email)
            found = await session.execute(select(lowered.label("email"), users.c.id).where(lowered.in_(made)))
            existing = {known.email: known.id for known in found}
            await self.map(session, "users", [(made[email][0], ours) for email, ours in existing.items()], is_new=False)
            if existing:
                self.report.table("users").notes["had an account here already, which is kept"] += len(existing)
            first = {email: old for email, (old, _) in made.items()}
            await self.add(session, "users", users, [pair for email, pair in made.items() if email not in existing])
            same = [(old, self.targets["users", str(first[email])]) for old, email in doubles]
            await self.map(session, "users", same, is_new=False)
            if same:
                self.report.table("users").notes["has the e-mail of an earlier row, and is one account with it"] += len(
                    same
                )

    def _user(self, row: Row, email: str) -> Row:
        password = values.password_hash(row.get("password"))
        if password is None:
            self.report.table("users").notes["must reset the password, whose hash is of an unknown kind"] += 1
        return {
            "id": new_id(),
            "email": email,
            "display_name": values.line(row.get("name"), length=60) or email.partition("@")[0][:60],
            "password_hash": password,
            "bio": values.paragraph(row.get("bio"), length=policy.MAX_BIO_CHARACTERS),
            "created_at": values.moment(row.get("at")),
        }

    async def _packs(self, session: AsyncSession) -> None:
        for batch in self.source.batches("audio_packs"):
            made: list[tuple[Any, Row]] = []
            for row in self.fresh("audio_packs", batch):
                owner = self.owner(row)
                if owner is None:
                    self.skip("audio_packs", _NO_USER)
                    continue
                made.append((row["id"], rows.draft(row, owner, self._planned("audio_packs", row["id"]))))
            await self.add(session, "audio_packs", draft_rows, made)

    async def _sounds(self, session: AsyncSession) -> None:
        positions: dict[uuid.UUID, int] = {}
        for batch in self.source.batches("audio_files"):
            made: list[tuple[Any, Row]] = []
            for row in self.fresh("audio_files", batch):
                draft, stored = self.owner(row, "audio_packs", "pack"), self.stored.get(("audio_files", str(row["id"])))
                if draft is None or stored is None:
                    self.skip(
                        "audio_files",
                        _NO_PACK if draft is None else self.refused.get(("audio_files", str(row["id"])), _NO_FILE),
                    )
                    continue
                positions[draft] = positions.get(draft, -1) + 1
                self.used_keys.add(stored.key)
                made.append((row["id"], rows.sound(row, draft, stored, positions[draft])))
            await self.add(session, "audio_files", draft_files, made)
            for _, sound in made:
                await jobs.enqueue(session, JobName.ANALYSE, lock=str(sound["id"]), file_id=str(sound["id"]))

    async def _tokens(self, session: AsyncSession) -> None:
        balances: dict[str, int] = {}
        for batch in self.source.batches("user_tokens"):
            self.report.table("user_tokens").read += len(batch)
            for row in batch:
                owner = str(row["user"])
                balances[owner] = balances.get(owner, 0) + values.whole(row["tokens"], most=_MAX_OPENING_TOKENS)
        due: list[tuple[str, uuid.UUID, int]] = []
        for old, tokens in balances.items():
            ours = self.targets.get(("users", old))
            if ("user_tokens", old) in self.targets:
                self.report.table("user_tokens").known += 1
            elif ours is None or tokens == 0:
                self.skip("user_tokens", _NO_USER if ours is None else "a balance of zero")
            else:
                due.append((old, ours, min(tokens, _MAX_OPENING_TOKENS)))
        for start in range(0, len(due), 200):
            part = due[start : start + 200]
            given = {
                "ids": [new_id() for _ in part],
                "users": [ours for _, ours, _ in part],
                "keys": [f"legacy.{self.id}.{old}"[:100] for old, _, _ in part],
                "amounts": [tokens for _, _, tokens in part],
            }
            await session.execute(_CREDIT, given)
            await self.map(session, "user_tokens", [(old, ours) for old, ours, _ in part])

    async def _chats(self, session: AsyncSession) -> None:
        for thread in chats.threads(self.source):
            new = self.fresh("chat_messages", thread)
            owner = self.owner(new[0]) if new else None
            if owner is None:
                for _ in new:
                    self.skip("chat_messages", _NO_USER)
                continue
            talked, said = chats.conversation(new, owner)
            if not said:
                self.skip("chat_messages", "it is empty")
                continue
            await session.execute(insert(conversations), [talked])
            await session.execute(insert(messages), [message for _, message in said])
            first = {old: message["id"] for old, message in reversed(said)}
            await self.map(session, "chat_messages", list(first.items()))

    async def _documents(self, session: AsyncSession) -> None:
        for batch in self.source.batches("documents"):
            made: list[tuple[Any, Row]] = []
            for row in self.fresh("documents", batch):
                owner, stored = self.owner(row), self.stored.get(("documents", str(row["id"])))
                if owner is None or stored is None:
                    self.skip(
                        "documents",
                        _NO_USER if owner is None else self.refused.get(("documents", str(row["id"])), _NO_FILE),
                    )
                    continue
                same = documents.c.user_id == owner, documents.c.sha256 == stored.found.sha256
                if (await session.execute(select(documents.c.id).where(*same))).first() or self._is_doubled(
                    made, owner, stored
                ):
                    self.skip("documents", "its member has the same document already")
                    continue
                self.used_keys.add(stored.key)
                made.append((row["id"], rows.document(row, owner, stored)))
            await self.add(session, "documents", documents, made)
            for _, document in made:
                await jobs.enqueue(
                    session, JobName.READ_DOCUMENT, lock=str(document["id"]), document_id=str(document["id"])
                )

    @staticmethod
    def _is_doubled(made: list[tuple[Any, Row]], owner: uuid.UUID, stored: rows.StoredFile) -> bool:
        return any((row["user_id"], row["sha256"]) == (owner, stored.found.sha256) for _, row in made)

    async def _log(self, session: AsyncSession) -> None:
        for table in ("user_downloads", "user_activity"):
            for batch in self.source.batches(table):
                made = [found for row in self.fresh(table, batch) if (found := self._activity(table, row))]
                if made:
                    await session.execute(insert(activity_rows), [row for _, row in made])
                    await self.map(session, table, [(old, new_id()) for old, _ in made])

    def _activity(self, table: str, row: Row) -> tuple[Any, Row] | None:
        owner = self.owner(row)
        if owner is None:
            self.skip(table, _NO_USER)
            return None
        pack = self.owner(row, "audio_packs", "pack") if table == "user_downloads" else None
        facts = {"import": str(self.id), "details": values.line(row.get("details"), length=500)}
        if pack:
            facts["pack"] = str(pack)
        kind = f"legacy.{values.line(row.get('kind', 'downloaded'), length=50) or 'unknown'}"
        return row["id"], {"user_id": owner, "kind": kind, "facts": facts, "created_at": values.moment(row.get("at"))}

    async def _feedback(self, session: AsyncSession) -> None:
        for batch in self.source.batches("feedback"):
            made: list[tuple[Any, Row]] = []
            for row in self.fresh("feedback", batch):
                message = values.paragraph(row["text"], length=policy.MAX_FEEDBACK_CHARACTERS - 20)
                if rating := values.line(row.get("rating"), length=10):
                    message = f"{message}\nRating: {rating}".strip()
                if not message:
                    self.skip("feedback", "it is empty")
                    continue
                at = values.moment(row.get("at"))
                made.append((row["id"], {
                    "id": new_id(), "user_id": self.owner(row), "source": FeedbackSource.LEGACY.value, "message": message,
                    "reference": "", "event_id": "", "page": "", "created_at": at, "sent_at": at,
                }))  # fmt: skip
            await self.add(session, "feedback", user_feedback, made)

    async def _store_files(self, table: str, key_of: Callable[[Row, uuid.UUID, files.FoundFile], str | None]) -> None:
        for batch in self.source.batches(table):
            for row in batch:
                known, path = (table, str(row["id"])), self.folder.find(str(row["path"] or ""))
                if known in self.targets or path is None:
                    continue
                found, file_id = await files.measure(path), new_id()
                key, content = (
                    key_of(row, file_id, found),
                    (self._planned("audio_packs", row.get("pack")), found.sha256),
                )
                if found.size_bytes == 0 or key is None:
                    self.refused[known] = (
                        "its file is empty" if found.size_bytes == 0 else "its file is of another kind or too large"
                    )
                elif table == "audio_files" and content in self.sounds:
                    self.refused[known] = "its pack has the same sound already"
                else:
                    self.sounds.add(content)
                    if not self.is_dry_run:
                        await files.keep(found, key)
                    self.stored[known] = rows.StoredFile(file_id, key, found)

    def _sound_key(self, row: Row, _: uuid.UUID, found: files.FoundFile) -> str | None:
        ending = found.path.suffix.lower().removeprefix(".")
        is_taken = ending in policy.SOUND_EXTENSIONS and found.size_bytes <= policy.MAX_FILE_BYTES
        return f"packs/{self._planned('audio_packs', row['pack'])}/{found.sha256}.{ending}" if is_taken else None

    def _document_key(self, _: Row, document_id: uuid.UUID, found: files.FoundFile) -> str | None:
        known = FORMATS.get(extension_of(found.path.name))
        is_taken = known is not None and found.size_bytes <= known.max_bytes
        return document_key(document_id, sha256=found.sha256, file_name=found.path.name) if is_taken else None

    def _planned(self, table: str, old: Any) -> uuid.UUID:
        """Return a row's new id, reserving one if needed: files are stored before their rows."""
        known = self.targets.get((table, str(old)))
        return known or self.planned.setdefault((table, str(old)), new_id())

    async def _delete_unused_files(self) -> None:
        if not self.is_dry_run:
            for stored in self.stored.values():
                if stored.key not in self.used_keys:
                    await store().delete(stored.key)
