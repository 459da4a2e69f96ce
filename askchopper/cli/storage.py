"""Commands for stored files: sweep, scrub, backup, restore and migrate-files."""

import asyncio
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from askchopper import launcher, settings
from askchopper.backup import store_copy
from askchopper.cli.running import run
from askchopper.errors import InvalidInputError, NotFoundError, UnavailableError
from askchopper.integrations.blob_store import BlobStore, StoredFile, local_store, remote_store, store
from askchopper.plurals import counted
from askchopper.services import storage_maintenance

app = typer.Typer()


@app.command()
def sweep(
    delete: Annotated[bool, typer.Option("--delete", help="Remove them instead of only listing them.")] = False,
) -> None:
    """List, or with ``--delete`` remove, stored files older than a day that no database row references."""
    with launcher.database(settings.get().data_dir):
        leftovers = run(lambda: storage_maintenance.collect_garbage(store(), is_dry_run=not delete))
    for leftover in leftovers:
        place = "incoming" if leftover.is_part else "stored"
        typer.echo(f"{place}\t{leftover.key}\t{leftover.size_bytes}\t{leftover.stored_at:%Y-%m-%d %H:%M}")
    size = sum(leftover.size_bytes for leftover in leftovers)
    verb = "removed" if delete else "would be removed; --delete removes them"
    launcher.console.print(f"{counted(len(leftovers), 'file')} with {size:,} bytes {verb}.")


@app.command()
def scrub(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Verify every stored sound against its SHA-256. Exit status 1 if one is missing or damaged."""

    async def check() -> tuple[int, list[dict[str, str]]]:
        checked, damages = 0, list[dict[str, str]]()
        async for report in storage_maintenance.verify_all(store()):
            checked += report.checked
            damages += [{"file": str(d.file_id), "key": d.key, "fault": d.fault} for d in report.damages]
        return checked, damages

    with launcher.database(settings.get().data_dir):
        checked, damages = run(check)
    if as_json:
        typer.echo(json.dumps({"checked": checked, "damages": damages, "clean": not damages}))
    else:
        for damage in damages:
            typer.echo(f"{damage['fault']}\t{damage['key']}\t{damage['file']}")
        typer.echo(f"{counted(checked, 'sound')} read; {len(damages):,} missing or wrong.")
    if damages:
        raise typer.Exit(1)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Folder of backups; files of earlier ones are not copied again.")],
    keep: Annotated[int, typer.Option(min=0, help="Afterwards keep only this many backups; 0 keeps all.")] = 0,
) -> None:
    """Back up the database and all files while the site runs. Keys and passwords from the settings are not included."""
    from askchopper.backup import create  # noqa: PLC0415 - only backups need it

    started = time.monotonic()
    with launcher.database(settings.get().data_dir), launcher.as_owner():
        name, summary = run(lambda: create.create(folder, store()))
    deleted = create.prune(folder, keep=keep) if keep else 0
    launcher.console.print(
        f"Backup {name}: {summary.ledger_transactions:,} ledger transactions, {counted(summary.file_count, 'file')} with"
        f" {summary.file_bytes:,} bytes, in {time.monotonic() - started:.1f} s."
        + (f" Older backups deleted: {deleted}." if deleted else "")
    )
    for key in summary.missing:
        launcher.console.print(f"Missing in the store: {key}", markup=False)
    if summary.missing:
        raise typer.Exit(1)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="Folder of backups.")],
    name: Annotated[
        str | None, typer.Option(help="The backup, such as 20261129T031500Z; the newest by default.")
    ] = None,
) -> None:
    """Restore a backup into an empty database and the store, then check ledger and files. Exit status 1 if something is missing."""
    from askchopper.backup import restore as restoring  # noqa: PLC0415 - only a restore needs it

    started = time.monotonic()
    with launcher.database(settings.get().data_dir), launcher.as_owner():
        restored = run(lambda: restoring.restore(folder, store(), name=name))
    launcher.console.print(
        f"Restored the state of {restored.summary.started_at}: {restored.summary.ledger_transactions:,} ledger transactions,"
        f" {counted(restored.summary.file_count, 'file')} with {restored.summary.file_bytes:,} bytes, in {time.monotonic() - started:.1f} s."
    )
    for problem in restored.problems:
        launcher.console.print(problem, markup=False)
    if restored.problems:
        raise typer.Exit(1)
    launcher.console.print("The ledger is clean, and every file is as it was.")


class StoreName(StrEnum):
    """Target stores of ``migrate-files``."""

    BLOB = "blob"
    LOCAL = "local"


@app.command(name="migrate-files")
def migrate_files(
    to: Annotated[StoreName, typer.Option(help="The store to copy to: Vercel Blob or DATA_DIR.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be copied.")] = False,
    delete_source: Annotated[
        bool, typer.Option("--delete-source", help="Copy nothing; delete at the source what earlier runs verified.")
    ] = False,
    key: Annotated[str, typer.Option(help="Copy only the file with this key, also if an earlier run did.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> None:
    """Copy all files between DATA_DIR and Vercel Blob, verified by hash. Can be interrupted; the next run continues."""
    if key and delete_source:
        raise InvalidInputError("--delete-source deletes all that was copied; it takes no --key.")
    remote = remote_store()
    if remote is None:
        raise InvalidInputError("Set BLOB_READ_WRITE_TOKEN, also to copy from Vercel Blob.")
    local = local_store()
    source, target = (local, remote) if to is StoreName.BLOB else (remote, local)
    name = str(local.folder) if source is local else "Vercel Blob"
    if delete_source and isinstance(source, type(store())):
        raise InvalidInputError(
            f"With these settings the site works with {name}; nothing was deleted. When it has worked without for some days, delete"
            " the stores at Vercel."
        )

    async def migrate() -> None:
        try:
            await _reach(remote)
            with store_copy.journal(settings.get().data_dir) as known:
                copying = _Copying(source, name, target, known)
                plan = await copying.plan(key)
                if dry_run:
                    would = "would be deleted at the source" if delete_source else "already there"
                    launcher.console.print(f"{_sizes(plan.to_copy)} would be copied; {_sizes(plan.done)} {would}.")
                elif delete_source:
                    await copying.delete(plan, is_confirmed=yes)
                else:
                    await copying.copy(plan)
        finally:
            await remote.aclose()

    asyncio.run(migrate())


async def _reach(remote: BlobStore) -> None:
    try:
        await remote.ping()
    except UnavailableError as error:
        raise UnavailableError(
            "Vercel Blob does not answer, or refuses BLOB_READ_WRITE_TOKEN. Nothing was changed."
        ) from error


@dataclass(frozen=True, slots=True)
class _Copying:
    """One direction of ``migrate-files``."""

    source: BlobStore
    source_name: str
    target: BlobStore
    known: store_copy.Journal

    async def plan(self, key: str) -> store_copy.Plan:
        """Plan the work for one key, or for all if it is empty, and print what is left out.

        Raises:
            InvalidInputError: the source has no such file, or no files at all.
        """
        if key:
            try:
                return await store_copy.plan_one(self.source, key)
            except NotFoundError as error:
                raise InvalidInputError(f"{self.source_name} has no file {key}.") from error
        plan = await store_copy.plan(self.source, self.target, self.known)
        for unusable in plan.unusable:
            launcher.console.print(f"Left out, because its name is not a valid key: {unusable}", markup=False)
        if not plan.to_copy and not plan.done and not plan.outdated:
            raise InvalidInputError("The source holds no files. Is it the right one?")
        if plan.outdated:
            launcher.console.print(
                f"{_sizes(plan.outdated)} deleted or changed at the target since the copy, and left as is;"
                " --key copies one again."
            )
        return plan

    async def copy(self, plan: store_copy.Plan) -> None:
        """Copy the files of the plan and verify them, with a progress bar; errors are those of ``store_copy.copy``."""
        verified: list[StoredFile] = []
        with Progress(console=launcher.console, transient=True, disable=not launcher.console.is_terminal) as bar:
            task = bar.add_task("Copying", total=sum(stored.size_bytes for stored in plan.to_copy))

            def note(stored: StoredFile) -> None:
                verified.append(stored)
                bar.advance(task, stored.size_bytes)

            await store_copy.copy(self.source, self.target, plan.to_copy, self.known, note)
        launcher.console.print(
            f"{_sizes(verified)} copied and verified; {_sizes(plan.done)} already there. Nothing was deleted."
        )

    async def delete(self, plan: store_copy.Plan, *, is_confirmed: bool) -> None:
        """Delete verified files at the source, after asking for confirmation unless ``is_confirmed``.

        Raises:
            InvalidInputError: some files are not verified yet.
        """
        if plan.to_copy:
            raise InvalidInputError(
                f"{_sizes(plan.to_copy)} not verified yet. Run without --delete-source first; nothing was deleted."
            )
        if not is_confirmed:
            _confirm_deletion(f"This deletes {_sizes(plan.done)} in {self.source_name}.")
        deleted = await store_copy.delete(self.source, self.target, plan.done, self.known)
        launcher.console.print(f"{_sizes(deleted)} deleted at the source.")


def _confirm_deletion(sentence: str) -> None:
    launcher.console.print(sentence, markup=False)
    if not sys.stdin.isatty():
        raise InvalidInputError("Nothing was deleted. Check that no server uses it, then add --yes.")
    typer.confirm("Delete these files? The server and the worker must already use the other store.", abort=True)


def _sizes(files: Iterable[StoredFile]) -> str:
    sizes = [stored.size_bytes for stored in files]
    return f"{counted(len(sizes), 'file')} with {sum(sizes):,} bytes"
