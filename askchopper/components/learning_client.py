"""Client components of the learning pages."""

from reflex.components.component import Component


class NotePlayer(Component):
    """Plays the ``data-play`` notes of pressed buttons through Web Audio: a list of chords, each a list of MIDI numbers."""

    library = "$/public/src/learn/note_player.jsx"
    tag = "NotePlayer"


class TermCards(Component):
    """Pop-up cards for glossary terms that answers link to."""

    library = "$/public/src/learn/term_cards.jsx"
    tag = "TermCards"
