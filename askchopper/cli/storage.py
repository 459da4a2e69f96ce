"""Commands for stored files: sweep, scrub, backup and restore."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from askchopper import launcher, settings
from askchopper.cli.running import run
from askchopper.integrations.blob_store import store
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
