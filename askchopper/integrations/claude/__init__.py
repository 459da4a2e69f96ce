"""Client of the Anthropic API through the official SDK: a stream of plain events, one error type, model profiles.

No vendor type leaves this package except the content of an answer, which is sent back unchanged.
"""

from askchopper.integrations.claude.client import Claude, close, find, health
from askchopper.integrations.claude.events import (
    Finished,
    ModelEvent,
    SourceCited,
    TextDelta,
    ToolCall,
    ToolCallStarted,
    Usage,
)
from askchopper.integrations.claude.faults import Fault, ModelError
from askchopper.integrations.claude.profiles import PROFILES, profile_of

__all__ = [
    "PROFILES", "Claude", "Fault", "Finished", "ModelError", "ModelEvent", "SourceCited", "TextDelta", "ToolCall",
    "ToolCallStarted", "Usage", "close", "find", "health", "profile_of",
]  # fmt: skip
