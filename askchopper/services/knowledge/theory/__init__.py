"""Music theory: spelling, scales, chords, keys, tuning, tempo, and the questions about them."""
