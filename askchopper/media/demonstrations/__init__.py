"""Before and after sounds of terms, made from a loop that is synthesized here."""
