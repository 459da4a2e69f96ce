"""Commands for stored files: sweep, scrub, backup, restore and migrate-files."""

import asyncio
import json
import time
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from askchopper import launcher, settings
from askchopper.backup import store_copy
from askchopper.cli.running import run
from askchopper.errors import InvalidInputError, UnavailableError
from askchopper.integrations.blob_store import BlobStore, StoredFile, local_store, remote_store, store
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
    verb = "were removed" if delete else "would be removed; --delete removes them"
    launcher.console.print(f"{len(leftovers)} files with {size:,} bytes {verb}.")


@app.command()
def scrub(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Verify every stored sound against its digest. Exit status 1 if one is missing or damaged."""

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
        typer.echo(f"{checked} sounds were read; {len(damages)} are missing or wrong.")
    if damages:
        raise typer.Exit(1)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Folder of backups; files of earlier ones are not copied again.")],
    keep: Annotated[int, typer.Option(min=0, help="Afterwards keep only this many backups; 0 keeps all.")] = 0,
) -> None:
    """Back up the database and all files while the site runs. Keys and passwords of the settings are not in it."""
    from askchopper.backup import create  # noqa: PLC0415 - only backups need it

    started = time.monotonic()
    with launcher.database(settings.get().data_dir), launcher.as_owner():
        name, summary = run(lambda: create.create(folder, store()))
    deleted = create.prune(folder, keep=keep) if keep else 0
    launcher.console.print(
        f"Backup {name}: {summary.ledger_transactions:,} ledger transactions, {summary.file_count:,} files with"
        f" {summary.file_bytes:,} bytes, in {time.monotonic() - started:.1f} s."
        + (f" {deleted} older ones were deleted." if deleted else "")
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
        f" {restored.summary.file_count:,} files with {restored.summary.file_bytes:,} bytes, in {time.monotonic() - started:.1f} s."
    )
    for problem in restored.problems:
        launcher.console.print(problem, markup=False)
    if restored.problems:
        raise typer.Exit(1)
    launcher.console.print("The ledger is clean, and every file is as it was.")


class StoreName(StrEnum):
    """The stores that files are copied to."""

    BLOB = "blob"
    LOCAL = "local"


@app.command(name="migrate-files")
def migrate_files(
    to: Annotated[StoreName, typer.Option(help="The store to copy to: Vercel Blob or DATA_DIR.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be copied.")] = False,
    delete_source: Annotated[
        bool, typer.Option("--delete-source", help="Copy nothing; delete at the source what earlier runs verified.")
    ] = False,
) -> None:
    """Copy all files between DATA_DIR and Vercel Blob, verified by hash. Can be interrupted; the next run continues."""
    remote = remote_store()
    if remote is None:
        raise InvalidInputError("Set BLOB_READ_WRITE_TOKEN, also to copy from Vercel Blob.")
    source, target = (local_store(), remote) if to is StoreName.BLOB else (remote, local_store())

    async def migrate() -> None:
        try:
            await _reach(remote)
            await _migrate_files(source, target, to, is_dry_run=dry_run, is_deletion=delete_source)
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


async def _migrate_files(
    source: BlobStore, target: BlobStore, to: StoreName, *, is_dry_run: bool, is_deletion: bool
) -> None:
    with store_copy.journal(settings.get().data_dir, to.value) as known:
        plan = await store_copy.plan(source, target, known)
        for key in plan.unusable:
            launcher.console.print(f"Left out, because its name is no key: {key}", markup=False)
        if not plan.to_copy and not plan.done:
            raise InvalidInputError("The source holds no files. Is it the right one?")
        if is_dry_run:
            state = "would be deleted at the source" if is_deletion else "are there already"
            launcher.console.print(f"{_sizes(plan.to_copy)} would be copied; {_sizes(plan.done)} {state}.")
        elif is_deletion:
            await _delete_copied(source, plan)
        else:
            await _copy_files(source, target, plan, known)


async def _copy_files(source: BlobStore, target: BlobStore, plan: store_copy.Plan, known: store_copy.Journal) -> None:
    verified: list[StoredFile] = []
    with Progress(console=launcher.console, transient=True, disable=not launcher.console.is_terminal) as bar:
        task = bar.add_task("Copying", total=sum(stored.size_bytes for stored in plan.to_copy))

        def note(stored: StoredFile) -> None:
            verified.append(stored)
            bar.advance(task, stored.size_bytes)

        await store_copy.copy(source, target, plan.to_copy, known, note)
    launcher.console.print(
        f"{_sizes(verified)} were copied and verified; {_sizes(plan.done)} were there already. Nothing was deleted."
    )


async def _delete_copied(source: BlobStore, plan: store_copy.Plan) -> None:
    if plan.to_copy:
        raise InvalidInputError(
            f"{_sizes(plan.to_copy)} were not verified yet. Run without --delete-source first; nothing was deleted."
        )
    await store_copy.delete(source, plan.done)
    launcher.console.print(f"{_sizes(plan.done)} were deleted at the source.")


def _sizes(files: Iterable[StoredFile]) -> str:
    sizes = [stored.size_bytes for stored in files]
    return f"{len(sizes):,} files with {sum(sizes):,} bytes"
