"""Scripted responses of the simulator: one turn of the model, or a fault."""

from dataclasses import dataclass, field, fields
from typing import Any

DAY = 86_400.0
# Failures before the first token: status, type, message.
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
# Other stop reasons than a normal end.
STOPS = {
    "refusal": "refusal",
    "max_tokens": "max_tokens",
    "context_window": "model_context_window_exceeded",
    "pause_turn": "pause_turn",
}
# Stream faults after ``after`` tokens.
BREAKS = ("stall", "cut", "reset", "silent_eof", "error_event")
# Invalid tool calls and empty answers.
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
    quote: str = ""  # a passage of the request's sources, cited
    blocks: list[dict[str, Any]] = field(default_factory=list)  # raw content, instead of the five above
    stop_reason: str = ""
    first_ms: float | None = None  # None: the simulator's setting
    tokens_per_second: float | None = None
    after: int = 3  # tokens before a break
    seconds: float = DAY  # a stall or hang
    retry_after: float | None = None
    message: str = ""  # of a failure
    tokens: int = 0  # length of generated text
    calls: int = 8  # of the mode "parallel"
    # Conditions.
    match: str = ""  # part of the newest user text
    model: str = ""  # part of the model's name
    on: str = "messages"  # or "count_tokens", "models", "files"
    times: int = 1  # 0 or less: always

    def fits(self, on: str, model: str, text: str) -> bool:
        return self.on == on and self.model in model and self.match.lower() in text.lower()


def read(value: dict[str, Any]) -> Turn:
    """Parse a turn of a script; unknown fields raise an error."""
    unknown = set(value) - {known.name for known in fields(Turn)}
    if unknown:
        raise ValueError(f"A turn has no {', '.join(sorted(unknown))}.")
    turn = Turn(**value)
    if turn.mode not in MODES:
        raise ValueError(f"There is no mode {turn.mode!r}. There are: {', '.join(MODES)}.")
    return turn
