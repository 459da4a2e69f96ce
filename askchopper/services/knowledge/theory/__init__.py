"""Music theory: note spelling, scales, chords, keys, tuning and tempo, and answers to questions about them."""
