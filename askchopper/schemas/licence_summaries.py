"""Names and one-sentence summaries of the licences, for creators who offer them and buyers who choose one.

The binding texts are versioned files in ``services/catalogue/licence_texts``; a test checks that both name the same limits.
"""

from askchopper import policy
from askchopper.vocabulary import LicenceKind

TITLES = {
    LicenceKind.STANDARD: "Standard licence",
    LicenceKind.BROADCAST: "Broadcast licence",
}
# The limits as the binding text words them.
STANDARD_LIMITS = f"{policy.STANDARD_LICENCE_STREAMS:,} streams or {policy.STANDARD_LICENCE_COPIES:,} sold copies"
SUMMARIES = {
    LicenceKind.STANDARD: f"For your releases and videos, up to {policy.STANDARD_LICENCE_STREAMS:,} streams each. No further fees.",
    LicenceKind.BROADCAST: "Adds film, television, games and advertising, without limits on streams.",
}
