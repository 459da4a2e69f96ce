"""Structured JSON logs on standard error, with request ids and without secrets; error reports to Sentry if configured."""

import logging
import re
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars, merge_contextvars

_SECRET_PATTERN = re.compile(
    r"(['\"]?(?:cookie|set-cookie|authorization|password|x-[\w-]*token|token)['\"]?\s*[:=]\s*)"
    r"(?:(['\"]).*?\2|[^\s,}&]+)",
    re.IGNORECASE,
)
_TOKEN_QUERY_PATTERN = re.compile(r"([?&](?:token|code|state)=)[^&\s\"']+", re.IGNORECASE)

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("askchopper")


# What a browser sends may end up in a message of a framework, which would print a megabyte of it.
_MAX_VALUE_CHARACTERS = 8_000
# Lines of frameworks and reports of browsers, which anybody can cause at will.
_LINES_PER_MINUTE = 60
_MAX_BROWSER_CHARACTERS = 2_000
_OWN_LOGGERS = ("askchopper", "uvicorn", "granian")


def redact(text: str) -> str:
    """Redact cookies, tokens and passwords in a line of text, and truncate it."""
    if len(text) > _MAX_VALUE_CHARACTERS:
        text = f"{text[:_MAX_VALUE_CHARACTERS]}… ({len(text):,} characters)"
    return _TOKEN_QUERY_PATTERN.sub(r"\1[redacted]", _SECRET_PATTERN.sub(r"\1[redacted]", text))


class RedactFilter(logging.Filter):
    """Redacts every log record, since frameworks log complete events with headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the message and accept the record."""
        if isinstance(record.msg, str):
            record.msg = redact(record.getMessage())
            record.args = ()
        return True


class Allowance:
    """A limit on log lines per minute. Dropped lines are counted, and their number is added to the next line."""

    def __init__(self, per_minute: int = _LINES_PER_MINUTE) -> None:
        self._per_minute = per_minute
        self._began = time.monotonic()
        self._lines = 0

    def take(self) -> int | None:
        """Return the number of lines dropped in the last minute, mostly 0, if a line may be written; None to drop it."""
        now = time.monotonic()
        dropped = max(0, self._lines - self._per_minute) if now - self._began >= 60 else 0
        if now - self._began >= 60:
            self._began, self._lines = now, 0
        self._lines += 1
        return dropped if self._lines <= self._per_minute else None


class FloodFilter(logging.Filter):
    """Limits log lines of frameworks, since every malformed frame of a visitor causes a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._allowance = Allowance()

    def filter(self, record: logging.LogRecord) -> bool:
        """Accept our own records, and a limited number of others per minute."""
        if record.name.startswith(_OWN_LOGGERS):
            return True
        dropped = self._allowance.take()
        if dropped:
            record.msg = f"{record.getMessage()} ({dropped} lines before were dropped)"
            record.args = ()
        return dropped is not None


_browser_errors = Allowance()


def report_browser_error(exception: Exception) -> None:
    """Log an error reported by a browser. Anyone can send one, so it is truncated, counted and not sent to Sentry."""
    dropped = _browser_errors.take()
    if dropped is not None:
        log.warning("browser.failed", text=str(exception)[:_MAX_BROWSER_CHARACTERS], dropped_before=dropped)


def configure(*, level: str = "INFO") -> None:
    """Write all logs as one JSON object per line to standard error."""
    shared: list[Any] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.render_to_log_kwargs,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact_values,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(FloodFilter())
    handler.addFilter(RedactFilter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in (
        "httpx",
        "httpcore",
        "httpx2",
        "httpcore2",
        "engineio",
        "socketio",
        "sqlalchemy.engine",
        "alembic",
        "procrastinate",
        "authlib",
        "urllib3",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It logs bearer tokens at DEBUG, and URLs with ids at ERROR, both of which we report ourselves.
    logging.getLogger("spotipy").setLevel(logging.CRITICAL)


_ANSWER = "chat.answer"
_SAID_OF_EVENTS = ("reference", "tool", "answer", "path", "task")
# Sentry event ids by the error reference that the user sees, to link their feedback with the report.
_MOST_REPORTS = 1_000
_reports: OrderedDict[str, str] = OrderedDict()
_QUERY = re.compile(r"[?#]\S*")
_sentry: list[Any] = []  # imported only when reporting is enabled


def report_to(dsn: str, *, environment: str, has_model: bool, release: str = "") -> None:
    """Send errors and answer latencies to Sentry, without members' texts, values, bodies or cookies."""
    import sentry_sdk  # noqa: PLC0415
    from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415

    integrations: list[Any] = [LoggingIntegration(level=None, event_level=logging.ERROR)]
    if has_model:
        from sentry_sdk.integrations.anthropic import AnthropicIntegration  # noqa: PLC0415

        integrations.append(AnthropicIntegration(include_prompts=False))
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release or _commit(),
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_enabling_integrations=False,
        integrations=integrations,
        traces_sampler=_share_of_traces,
        before_send=_reported,
        before_send_transaction=_without_addresses,
    )
    _sentry[:] = [sentry_sdk]


def stop_reporting() -> None:
    """Flush pending reports and stop reporting."""
    for sdk in _sentry:
        sdk.get_client().close(timeout=2.0)
        sdk.get_global_scope().set_client(None)
    _sentry.clear()


@contextmanager
def answer_measured(*, user: str) -> Generator[None]:
    """Trace an answer of the assistant and its model requests."""
    if not _sentry:
        yield
        return
    with _sentry[0].isolation_scope() as scope:
        scope.set_user({"id": user})
        with _sentry[0].start_transaction(op=_ANSWER, name="answer of the assistant"):
            yield


def _share_of_traces(context: Any) -> float:
    """Return the sampling rate: 1 for answers, 0 for pages, health checks and websockets, which have metrics."""
    return 1.0 if context["transaction_context"].get("op") == _ANSWER else 0.0


def _reported(event: Any, _hint: Any) -> Any:
    """Reduce an error report to its location and user; drop expected vendor errors, which are counted elsewhere."""
    errors = cast("list[dict[str, Any]]", cast("dict[str, Any]", event.get("exception") or {}).get("values") or [])
    extra = cast("dict[str, Any]", event.get("extra") or {})
    if any("anthropic" in str(error.get("mechanism")) for error in errors):
        return None
    for error in errors:
        error["value"] = ""  # a message may quote anything; the log has it under the same reference
    event["extra"] = {name: extra[name] for name in _SAID_OF_EVENTS if name in extra}
    if isinstance(trace := extra.get("exception"), str):
        event["extra"]["trace"] = _places_of(trace)
    ids = {name: str(value) for name, value in get_contextvars().items()}
    _remember(str(extra.get("reference") or ids.get("request") or ""), str(event.get("event_id") or ""))
    if user := ids.pop("user", ""):
        event["user"] = {"id": user}
    event["tags"] = {**(event.get("tags") or {}), **ids}
    return _without_request(event, _hint)


def _without_request(event: Any, _hint: Any) -> Any:
    event.pop("request", None)
    event.pop("breadcrumbs", None)
    event.pop("server_name", None)
    return event


def _without_addresses(event: Any, hint: Any) -> Any:
    """Remove URLs and their queries from a trace, since they may contain tokens."""
    for span in cast("list[dict[str, Any]]", event.get("spans") or []):
        span["description"] = _QUERY.sub("", str(span.get("description") or ""))
        details = cast("dict[str, Any]", span.get("data") or {})
        span["data"] = {
            name: value
            for name, value in details.items()
            if not name.startswith(("http.query", "http.fragment", "url"))
        }
    return _without_request(event, hint)


def _remember(reference: str, event_id: str) -> None:
    if reference and event_id:
        _reports[reference] = event_id
        while len(_reports) > _MOST_REPORTS:
            _reports.popitem(last=False)


def report_of(reference: str) -> str:
    """Return the Sentry event id of an error reference; empty if this process reported none."""
    return _reports.get(reference, "")


def send_feedback(*, feedback_id: str, message: str, event_id: str, user: str, page: str) -> bool:
    """Send a user's feedback to Sentry, linked to its error report. Return False if Sentry is not configured.

    The SDK has no function for it, so this sends an envelope of the type that Sentry's own widget sends.
    """
    if not _sentry:
        return False
    from sentry_sdk.envelope import Envelope, Item, PayloadRef  # noqa: PLC0415

    said: dict[str, Any] = {"message": message, "source": "askchopper", "url": page}
    if event_id:
        said["associated_event_id"] = event_id
    content: dict[str, Any] = {
        "event_id": feedback_id,
        "timestamp": datetime.now(UTC).isoformat(),
        "platform": "python",
        "contexts": {"feedback": said},
    }
    if user:
        content["user"] = {"id": user}
    client = _sentry[0].get_client()
    envelope = Envelope(headers={"event_id": feedback_id})
    envelope.add_item(Item(PayloadRef(json=content), type="feedback"))
    client.transport.capture_envelope(envelope)
    return True


def _commit() -> str:
    """Return the commit of the checkout; empty if there is none, as in a container."""
    words = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        found = subprocess.run(words, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=2, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()


def _places_of(trace: str) -> list[str]:
    """Extract files, lines and error types from a formatted traceback; its messages may contain anything."""
    lines = trace.splitlines()
    places = [line.strip() for line in lines if line.startswith("  File ")]
    kinds = [line.partition(":")[0] for line in lines if re.match(r"[A-Za-z_][\w.]*(:|$)", line)]
    return [*places[-12:], *kinds[-1:]]


def bind(**ids: str) -> None:
    """Add ids to every log line of the current request or event."""
    bind_contextvars(**ids)


def unbind() -> None:
    """Remove the ids of a finished request or event."""
    clear_contextvars()


def _redact_values(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event
