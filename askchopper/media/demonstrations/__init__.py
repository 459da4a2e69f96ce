"""Before and after sounds of terms, made from a loop that is synthesized here."""

BEFORE, AFTER = "before", "after"
BPM, BEATS = 120.0, 8
SECONDS = BEATS * 60 / BPM
