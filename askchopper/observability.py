"""Structured JSON logs on standard error, with request and event ids and without secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars

_SECRET_PATTERN = re.compile(
    r"(['\"]?(?:cookie|set-cookie|authorization|password|x-[\w-]*token|token)['\"]?\s*[:=]\s*)"
    r"(?:(['\"]).*?\2|[^\s,}&]+)",
    re.IGNORECASE,
)
_TOKEN_QUERY_PATTERN = re.compile(r"([?&](?:token|code|state)=)[^&\s\"']+", re.IGNORECASE)

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("askchopper")


def redact(text: str) -> str:
    """Blank out cookies, tokens and passwords in a line of text."""
    return _TOKEN_QUERY_PATTERN.sub(r"\1[redacted]", _SECRET_PATTERN.sub(r"\1[redacted]", text))


class RedactFilter(logging.Filter):
    """Redact every record, whoever wrote it: frameworks log whole events with their headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the message in place and let the record through."""
        if isinstance(record.msg, str):
            record.msg = redact(record.getMessage())
            record.args = ()
        return True


def configure(*, level: str = "INFO") -> None:
    """Send all logs as one JSON object a line to standard error."""
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
    # It writes bearer tokens at DEBUG, and addresses with ids at ERROR, each of which we report ourselves.
    logging.getLogger("spotipy").setLevel(logging.CRITICAL)


def bind(**ids: str) -> None:
    """Attach ids to every log line of the current request or event."""
    bind_contextvars(**ids)


def unbind() -> None:
    """Forget the ids of the request or event that has ended."""
    clear_contextvars()


def _redact_values(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event
