"""Commands for payouts, and for the import from the old application."""

from pathlib import Path
from typing import Annotated, Any

import typer

from askchopper import launcher, settings
from askchopper.cli.running import run
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.plurals import counted
from askchopper.schemas.identifiers import parse_id
from askchopper.services import payouts as payout_requests
from askchopper.services.legacy_import import importer, undo
from askchopper.services.legacy_import.files import UploadFolder
from askchopper.services.legacy_import.source import opened
from askchopper.token_prices import money
from askchopper.vocabulary import PayoutStatus

payouts = typer.Typer(no_args_is_help=True, help="Payouts of creators' earnings.")


@payouts.command(name="list")
def list_payouts(
    status: Annotated[PayoutStatus | None, typer.Option(help="Only those of a status.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, with where to pay to.")] = False,
) -> None:
    """List payouts, newest first."""

    async def read() -> Any:
        async with read_only() as session:
            if as_csv:
                return await payout_requests.list_csv(session, status=status)
            return await payout_requests.list_all(session, status=status)

    with launcher.database(settings.get().data_dir):
        found = run(read)
    if as_csv:
        typer.echo(found, nl=False)
        return
    for one in found:
        when = f"{one.requested_at:%Y-%m-%d %H:%M}"
        typer.echo(
            f"{one.id}\t{one.status.value}\t{when}\t{one.email}\t{counted(one.tokens, 'token')}\t{money(one.cents)}"
        )


@payouts.command()
def pay(payout_id: str) -> None:
    """Mark a payout as paid, after the transfer was made."""
    _settle(payout_id, is_paid=True, reason="")
    launcher.console.print("Marked as paid. The creator is notified.")


@payouts.command()
def refuse(payout_id: str, reason: Annotated[str, typer.Option(help="Why; the creator reads it.")]) -> None:
    """Refuse a payout; its tokens are available to the creator again."""
    _settle(payout_id, is_paid=False, reason=reason)
    launcher.console.print("Refused. The creator is notified.")


def _settle(payout_id: str, *, is_paid: bool, reason: str) -> None:
    async def settle() -> None:
        async with transaction() as session:
            await payout_requests.settle(session, payout_id=payout_id, is_paid=is_paid, reason=reason)

    with launcher.database(settings.get().data_dir):
        run(settle)


def import_legacy(
    database: Annotated[Path | None, typer.Argument(help="The old SQLite database.")] = None,
    uploads: Annotated[Path | None, typer.Argument(help="The old upload folder.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would be imported.")] = False,
    undo_id: Annotated[str, typer.Option("--undo", help="Undo the import with this id.")] = "",
) -> None:
    """Import the old application: members, packs, sounds, tokens, chats, documents, activity and feedback. Repeatable."""
    if undo_id:
        known = parse_id(undo_id)
        if known is None:
            raise InvalidInputError("This is not the id of an import.")
        with launcher.database(settings.get().data_dir):
            rows = run(lambda: undo.undo(known))
        launcher.console.print(f"{counted(rows, 'row')} undone.")
        return
    if database is None or uploads is None:
        raise InvalidInputError("Specify the old database and the old upload folder.")
    if not uploads.is_dir():
        raise InvalidInputError(f"There is no folder {uploads}.")
    with opened(database) as source, launcher.database(settings.get().data_dir):
        made = importer.Import(source, UploadFolder(uploads), is_dry_run=dry_run)
        report = run(made.run)
    for line in report.lines():
        typer.echo(line)
    if dry_run:
        launcher.console.print("Nothing was changed.")
    elif report.import_id:
        launcher.console.print(f"Import {report.import_id}. Undo it with import-legacy --undo {report.import_id}.")
    else:
        launcher.console.print("There was nothing new.")
