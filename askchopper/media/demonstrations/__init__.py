"""Before and after sounds that demonstrate glossary terms, made from a synthesized loop."""

BEFORE, AFTER = "before", "after"
BPM, BEATS = 120.0, 8
SECONDS = BEATS * 60 / BPM
