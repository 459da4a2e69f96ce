"""Client components of learning."""

from reflex.components.component import Component


class NotePlayer(Component):
    """Plays the notes of pressed buttons through Web Audio: their ``data-play`` is a list of chords, each a list of MIDI numbers."""

    library = "$/public/src/learn/note_player.jsx"
    tag = "NotePlayer"


class TermCards(Component):
    """Cards of the terms that answers link to."""

    library = "$/public/src/learn/term_cards.jsx"
    tag = "TermCards"
