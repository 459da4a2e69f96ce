"""All tables. Importing this package registers every one of them with the metadata."""

from askchopper.models import (
    account_export,
    accounts,
    activity,
    analysis,
    assistant,
    backups,
    catalogue,
    drafts,
    knowledge,
    purchases,
    released_files,
    schema_compatibility,
    search,
    spotify,
    uploads,
    wallet,
)

__all__ = [
    "account_export",
    "accounts",
    "activity",
    "analysis",
    "assistant",
    "backups",
    "catalogue",
    "drafts",
    "knowledge",
    "purchases",
    "released_files",
    "schema_compatibility",
    "search",
    "spotify",
    "uploads",
    "wallet",
]
