"""What the stand-in is to answer: one turn of the model, or a fault in its place."""

from dataclasses import dataclass, field, fields
from typing import Any

DAY = 86_400.0
# What ends a request before the model speaks: status, type, message.
FAILURES = {
    "400": (400, "invalid_request_error", "The request is not valid."),
    "401": (401, "authentication_error", "invalid bearer token"),
    "402": (402, "billing_error", "Your credit balance is too low to access the API."),
    "403": (403, "permission_error", "This key may not use the model."),
    "404": (404, "not_found_error", "Not found"),
    "408": (408, "timeout_error", "Request timeout"),
    "413": (413, "request_too_large", "Request exceeds the maximum size"),
    "429": (429, "rate_limit_error", "This request would exceed the rate limit of your organization."),
    "429_bare": (429, "rate_limit_error", "This request would exceed the rate limit of your organization."),
    "spend_cap": (429, "rate_limit_error", "You have reached the spend limit of your organization."),
    "500": (500, "api_error", "Internal server error"),
    "503": (503, "api_error", "Service unavailable"),
    "504": (504, "timeout_error", "Gateway timeout"),
    "529": (529, "overloaded_error", "Overloaded"),
    "prompt_too_long": (400, "invalid_request_error", "prompt is too long: {used} tokens > {window} maximum"),
}
# What ends a turn otherwise than by its own will.
STOPS = {
    "refusal": "refusal",
    "max_tokens": "max_tokens",
    "context_window": "model_context_window_exceeded",
    "pause_turn": "pause_turn",
}
# What happens to a stream after ``after`` tokens.
BREAKS = ("stall", "cut", "reset", "silent_eof", "error_event")
# Tools that are called badly, and answers that are none.
CALLS = ("tool_use", "truncated_json", "broken_json", "unknown_tool", "parallel", "endless")
OTHERS = ("ok", "slow", "hang", "empty", "html", "thinking")
MODES = (*OTHERS, *CALLS, *BREAKS, *STOPS, *FAILURES)


@dataclass
class Turn:
    mode: str = "ok"
    text: str = ""
    thinking: str | None = None  # None: as the request asks
    tools: list[dict[str, Any]] = field(default_factory=list)  # {"name", "input", "id"?}
    citations: list[dict[str, Any]] = field(default_factory=list)  # of the whole text
    quote: str = ""  # a passage of the request's sources, said with its citation
    blocks: list[dict[str, Any]] = field(default_factory=list)  # content as it is, in place of the five above
    stop_reason: str = ""
    first_ms: float | None = None  # None: as the stand-in is set
    tokens_per_second: float | None = None
    after: int = 3  # tokens before a break
    seconds: float = DAY  # a stall or hang
    retry_after: float | None = None
    message: str = ""  # of a failure
    tokens: int = 0  # length of made-up text
    calls: int = 8  # of the mode "parallel"
    # When it applies.
    match: str = ""  # part of the newest user text
    model: str = ""  # part of the model's name
    on: str = "messages"  # or "count_tokens", "models", "files"
    times: int = 1  # 0 and less: for ever

    def fits(self, on: str, model: str, text: str) -> bool:
        return self.on == on and self.model in model and self.match.lower() in text.lower()


def read(value: dict[str, Any]) -> Turn:
    """Read a turn of a script; a word that does not exist is the author's mistake."""
    unknown = set(value) - {known.name for known in fields(Turn)}
    if unknown:
        raise ValueError(f"A turn has no {', '.join(sorted(unknown))}.")
    turn = Turn(**value)
    if turn.mode not in MODES:
        raise ValueError(f"There is no mode {turn.mode!r}. There are: {', '.join(MODES)}.")
    return turn
