"""Demo content made by code: a catalogue of sample packs, their sounds and their covers."""
