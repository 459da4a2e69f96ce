"""Command line: python -m askchopper COMMAND. Exit status 0 only on success; results on standard output, progress and logs on standard error."""

import asyncio
import json
import signal
import sys
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import click
import typer
from rich.progress import track

from askchopper import launcher, migrations, observability, settings
from askchopper.backup import BackupError
from askchopper.cli import mcp, members, storage
from askchopper.cli.running import run
from askchopper.database import ping, read_only, transaction
from askchopper.errors import AskChopperError, ForbiddenError
from askchopper.integrations.blob_store import store
from askchopper.local_postgres import DataFolderError
from askchopper.plurals import counted
from askchopper.services import accounts, audit, limits, two_factor, wallet
from askchopper.services.analytics import rollup as analytics_rollup
from askchopper.services.spotify import connection
from askchopper.vocabulary import Role

# Typer has its own copy of click, of which only some errors have public names.
_UsageError: type[click.UsageError] = typer.BadParameter.__mro__[1]  # type: ignore[assignment]

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
ledger = typer.Typer(no_args_is_help=True, help="The token ledger.")
app.add_typer(ledger, name="ledger")
app.add_typer(storage.app)
app.add_typer(mcp.app)
app.add_typer(members.payouts, name="payouts")
app.command(name="import-legacy")(members.import_legacy)


@app.command()
def rollup() -> None:
    """Aggregate pack events since the last run into the figures of creators. The worker does so every five minutes."""
    with launcher.database(settings.get().data_dir):
        launcher.console.print(f"Counted {counted(run(analytics_rollup.run), 'event')}.")


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    build: Annotated[bool, typer.Option(help="Compile the pages if their sources changed.")] = False,
    seed: Annotated[
        bool, typer.Option(help="Make the demo content if there is none (embedded database only).")
    ] = False,
    spotify: Annotated[
        launcher.SpotifySimulator | None, typer.Option(help="Use a Spotify simulator (development only).")
    ] = None,
) -> None:
    """Start the database, migrate it, and run the server."""
    import os  # noqa: PLC0415 - the only writer of PORT, so that rxconfig and the app agree on it

    if port is not None:
        os.environ["PORT"] = str(port)
        settings.get.cache_clear()
    launcher.stop_on_sigterm()
    current = settings.get()
    for warning in (*current.warnings(), *_unknown_quotas()):
        launcher.console.print(f"Warning: {warning}")
    launcher.check_port(current.host, current.port)
    imports = launcher.import_ahead()
    with launcher.database(current.data_dir, may_share=False):
        launcher.console.print("Bringing the database up to date…")
        launcher.migrate()
        if seed and not current.is_production and current.uses_embedded_database and not _has_demo_content():
            launcher.run_in_subprocess("seed")
        if build:
            launcher.build_pages()
        with launcher.shared_state(), launcher.spotify_simulator(spotify):
            launcher.console.print("Starting the server…")
            imports.join()  # a fork copies locks of running threads, such as the import lock, in their locked state
            launcher.serve(current.host, current.port)


@app.command()
def migrate(
    revision: Annotated[str, typer.Argument(help="Target revision; the latest by default.")] = "head",
    yes: Annotated[bool, typer.Option("--yes", help="Downgrade without asking.")] = False,
    is_list: Annotated[bool, typer.Option("--list", help="Only list the revisions, newest first.")] = False,
) -> None:
    """Migrate the database to a revision. A downgrade deletes data and asks first."""
    with launcher.database(settings.get().data_dir):
        if is_list:
            for line in migrations.history():
                typer.echo(line)
        elif revision == "head":
            launcher.migrate()
        else:
            if (undone := migrations.undone_by(revision)) and not yes:
                _confirm_downgrade(undone)
            migrations.migrate(revision)


def _unknown_quotas() -> list[str]:
    return [
        f"RATE_LIMIT_QUOTAS names {name!r}, which is not a limit; see docs/limits.md."
        for name in limits.unknown_quotas()
    ]


def _confirm_downgrade(undone: list[str]) -> None:
    launcher.console.print("This reverts, and deletes what was stored in:")
    for line in undone:
        launcher.console.print(f"  {line}", markup=False)
    if not sys.stdin.isatty():
        raise migrations.SchemaError("Nothing was changed. Back up, then add --yes to downgrade.")
    typer.confirm("Delete this data? Make sure that you have a backup.", abort=True)


@app.command()
def seed(
    pack: Annotated[list[str] | None, typer.Option(help="Only the demo pack with this slug; repeatable.")] = None,
) -> None:
    """Create the demo content; does nothing if it exists. Refused in production."""
    _refuse_demo_in_production()
    with launcher.database(settings.get().data_dir):
        launcher.migrate()
        _seed(pack)


@app.command()
def build() -> None:
    """Compile the pages."""
    launcher.build_pages(is_forced=True)


@app.command(name="export-static")
def export_static(folder: Path) -> None:
    """Write the static files of the build and a vercel.json to a new folder, for a CDN in front of the server."""
    from askchopper.api import static_export  # noqa: PLC0415 - brings in the API

    count = static_export.export(folder)
    launcher.console.print(f"{count:,} files and {static_export.CONFIG} are in {folder}.", markup=False)


@app.command()
def doctor() -> None:
    """Check settings, database and storage, and report problems."""
    problems = [*settings.load().problems(), *settings.get().warnings(), *_unknown_quotas()]
    with launcher.database(settings.get().data_dir):
        run(ping)
        run(store().ping)
    for problem in problems:
        launcher.console.print(problem)
    launcher.console.print("Settings, database and storage are in order." if not problems else "")


@app.command(name="grant-role")
def grant_role(email: str, role: Role) -> None:
    """Grant a user a role: member, moderator or admin."""

    async def grant() -> None:
        async with transaction() as session:
            await accounts.grant_role(session, email=email, role=role)

    with launcher.database(settings.get().data_dir):
        run(grant)
    launcher.console.print(f"{email} is now {role.value}.")


@app.command(name="reset-two-factor")
def reset_two_factor(email: str) -> None:
    """Turn two-factor authentication off for a member who lost their phone and their recovery codes."""

    async def reset() -> None:
        async with transaction() as session:
            await two_factor.reset(session, email=email)

    with launcher.database(settings.get().data_dir):
        run(reset)
    launcher.console.print(f"{email} signs in with a password only, until they set up two-factor authentication again.")


@app.command(name="grant-tokens")
def grant_tokens(
    email: str,
    tokens: int,
    reason: Annotated[str, typer.Option(help="Why; shown in the ledger and in the member's wallet.")],
    key: Annotated[str, typer.Option(help="Repeat a grant safely: the same key credits once.")] = "",
) -> None:
    """Credit bought tokens to a user, for example after a bank transfer. Recorded in the ledger."""

    async def grant() -> None:
        async with transaction() as session:
            user_id = await accounts.find_user(session, email=email)
            await wallet.grant(
                session, user_id=user_id, tokens=tokens, is_bonus=False, key=key or f"cli-{uuid.uuid4()}", memo=reason
            )
            await audit.record(
                session,
                None,
                action="member.tokens",
                target="member",
                target_id=str(user_id),
                reason=reason,
                after={"tokens": tokens},
            )

    with launcher.database(settings.get().data_dir):
        run(grant)
    launcher.console.print(f"{email} got {counted(tokens, 'token')}.")


@app.command(name="rotate-keys")
def rotate_keys() -> None:
    """Re-encrypt stored third-party tokens and secrets with the first of TOKEN_ENCRYPTION_KEYS."""

    async def rotate() -> tuple[tuple[int, int], tuple[int, int]]:
        return await connection.rotate_keys(), await two_factor.rotate_keys()

    with launcher.database(settings.get().data_dir):
        (done, lost), (secrets, lost_secrets) = run(rotate)
    launcher.console.print(
        f"{done} connections and {secrets} secrets of two-factor authentication are encrypted with the newest key."
    )
    kept = "could not be read with any of the keys and stay as they are. Add their key and run this again; without it,"
    if lost:
        launcher.console.print(f"{lost} connections {kept} their members have to connect again.")
    if lost_secrets:
        launcher.console.print(f"{lost_secrets} secrets {kept} use reset-two-factor for their members.")


@app.command()
def analyse(
    files: Annotated[list[Path], typer.Argument(help="Audio files or zips of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each file.")] = False,
) -> None:
    """Analyse files: tempo, key, loudness, findings. Exit status 1 if one of them does not exist."""
    from askchopper.media import report  # noqa: PLC0415 - brings in numpy and scipy, which serving does not need

    missing = [file for file in files if not file.is_file()]
    for file in missing:
        launcher.console.print(f"There is no file {file}.", markup=False)
    present = [file for file in files if file.is_file()]
    for line in track(
        report.lines(present, as_json=as_json), "Analysing", len(present), console=launcher.console,
        transient=True, disable=not launcher.console.is_terminal,
    ):  # fmt: skip
        typer.echo(line)
    if missing:
        raise typer.Exit(1)


@app.command()
def worker() -> None:
    """Run a job worker in its own process; the server then needs WORKER=apart."""
    from askchopper.worker import runner  # noqa: PLC0415 - serving with its worker apart does not need it

    async def work() -> None:
        task = asyncio.create_task(runner.run_forever())

        def leave() -> None:
            if (
                not task.cancelling()
            ):  # a second signal, from a terminal and then a manager, must not interrupt the shutdown
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, leave)
        await asyncio.gather(task, return_exceptions=True)

    current = settings.get()
    if current.sentry_dsn:
        observability.report_to(
            current.sentry_dsn.get_secret_value(),
            environment=current.environment,
            has_model=False,
            release=current.release,
        )
    with launcher.database(current.data_dir):
        launcher.console.print("Waiting for jobs…")
        run(work)
    observability.stop_reporting()


@app.command()
def reanalyse(
    pack: Annotated[str | None, typer.Option(help="Only the pack with this slug.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what this analyser has measured already.")] = False,
) -> None:
    """Re-analyse sounds whose analysis is from an older analyser version. Can be interrupted; the next run continues."""
    from askchopper.services import analysis  # noqa: PLC0415 - brings in numpy and scipy
    from askchopper.services.search import vector_index  # noqa: PLC0415 - brings in numpy

    async def find() -> list[str]:
        async with read_only() as session:
            return await analysis.outdated(session, pack_slug=pack, is_all=everything)

    async def measure() -> None:
        for sha256 in track(await find(), "Measuring", console=launcher.console):
            await analysis.reanalyse(sha256)
        await vector_index.fill()

    with launcher.database(settings.get().data_dir):
        run(measure)


@app.command(name="train-similarity")
def train_similarity(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only measure.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Train a similarity projection on the published catalogue and activate it if it beats the current one."""
    from askchopper.services.search import similarity_training, vector_index  # noqa: PLC0415 - brings in numpy

    async def learn() -> Any:
        report = await similarity_training.train(is_dry_run=dry_run)
        if report.is_kept:
            with launcher.console.status("Placing all sounds in the new space…"):
                await vector_index.fill()
        return report

    with launcher.database(settings.get().data_dir):
        report = run(learn)
    if as_json:
        typer.echo(json.dumps(asdict(report)))
        return
    typer.echo(
        f"{report.sounds} sounds of {report.packs} packs. Precision at 10 on {report.held_out_packs} packs held out:"
        f" {report.precision_before:.3f} before, {report.precision_after:.3f} after."
    )
    typer.echo("The new similarity space is active." if report.is_kept else "Nothing was changed.")


@ledger.command()
def verify(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Audit the ledger: recompute every balance, sum and hash."""

    async def check() -> Any:
        async with read_only(timeout_seconds=None) as session:
            return await wallet.verify(session)

    with launcher.database(settings.get().data_dir):
        report = run(check)
    words = {"transactions": report.transactions, "entries": report.entries, "accounts": report.accounts}
    if as_json:
        typer.echo(json.dumps({**words, "problems": list(report.problems), "clean": not report.problems}))
    else:
        typer.echo(", ".join(f"{count} {name}" for name, count in words.items()))
        for problem in report.problems:
            typer.echo(problem)
        typer.echo("The ledger is clean." if not report.problems else "The ledger is NOT clean.")
    if report.problems:
        raise typer.Exit(1)


def _has_demo_content() -> bool:
    from tools.demo import presence  # noqa: PLC0415 - demo code, which a deployment may leave out

    return presence.is_complete(settings.get().sync_database_url)


def _refuse_demo_in_production() -> None:
    if settings.get().is_production:
        raise ForbiddenError("The demo accounts have a password that everybody knows; they are not made in production.")


def _seed(slugs: list[str] | None) -> None:
    from tools.demo import seed as demo  # noqa: PLC0415 - brings in numpy and scipy, which serving does not need

    with launcher.as_owner():
        demo.run(console=launcher.console, slugs=slugs)


def main() -> NoReturn:
    """Run a command. Expected failures print one sentence to standard error."""
    observability.configure(level="WARNING")
    try:
        status = app(standalone_mode=False)  # the exit status of ``typer.Exit``, or None
    except (
        launcher.LaunchError,
        migrations.SchemaError,
        DataFolderError,
        BackupError,
        settings.SettingsError,
    ) as error:
        launcher.console.print(str(error))
        sys.exit(1)
    except AskChopperError as error:
        launcher.console.print(error.sentence)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(0)
    except typer.Abort:
        sys.exit(130)
    except _UsageError as error:
        launcher.console.print(error.format_message())
        sys.exit(2)
    sys.exit(status or 0)
