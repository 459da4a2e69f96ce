"""Answers to questions about music theory."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TheoryAnswer:
    """An answer to a question about theory.

    Args:
        answer: a sentence.
        topic: topic of the question: ``scale``, ``key``, ``chord``, ``note``, ``delay``, ``length``, ``pitch``, ``tempo``, ``loudness``,
            ``progression``, ``interval``, ``range``; empty if the question was not understood.
        notes: note names, such as ``Eb``.
        chords: chord symbols, such as ``Ebm``.
        numerals: Roman numerals of the chords.
        keys: key names, such as ``A minor``.
        camelot: positions of the keys on the Camelot wheel.
        value: a number; None if the answer has none.
        unit: unit of ``value``, such as ``Hz``, ``ms``, ``BPM``, ``semitones``, ``LUFS``.
        card: name of the reference card that shows more.
        next_step: something to try, as a question to the assistant.
    """

    answer: str
    topic: str = ""
    notes: tuple[str, ...] = ()
    chords: tuple[str, ...] = ()
    numerals: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    camelot: tuple[str, ...] = ()
    value: float | None = None
    unit: str | None = None
    card: str = ""
    next_step: str = ""
