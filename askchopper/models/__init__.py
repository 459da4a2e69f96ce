"""All tables. Importing this package registers every one of them with the metadata."""

from askchopper.models import (
    accounts,
    activity,
    analysis,
    assistant,
    backups,
    catalogue,
    drafts,
    knowledge,
    payments,
    purchases,
    released_files,
    schema_compatibility,
    search,
    spotify,
    uploads,
    wallet,
)

__all__ = [
    "accounts",
    "activity",
    "analysis",
    "assistant",
    "backups",
    "catalogue",
    "drafts",
    "knowledge",
    "payments",
    "purchases",
    "released_files",
    "schema_compatibility",
    "search",
    "spotify",
    "uploads",
    "wallet",
]
