"""Glossary entries, and the rules that select their examples."""

import re
from dataclasses import dataclass
from functools import cached_property

_SENTENCE = re.compile(r"(?<=[.!?”])\s+(?=[A-Z“])")
_STARTS_A_TIP = re.compile(
    r"(?:try|set|start|begin|send|use|put|keep|cut|play|raise|lower|load|write|add|choose|pick|place|leave|take|turn|draw|check|compare|tune|"
    r"high-pass|low-pass|layer|make|let|listen|press|boost|sing|build|change|count|record|draw|feed|route|hold|save|read|ask|note|export|"
    r"for a|for an|for the|on drums|on a|learn|agree|register|deliver|clear|mix|move|move each|double|repeat|stack|sample|slow|program|render|shave|stop|quantise|filter|detune|sweep|replace|print|sum|swing|shift|switch|sync|roll off|give|pan|flip|name|master for|distort|combine)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class GlossaryEntry:
    """A glossary entry.

    Args:
        term: term as it is written in a sentence.
        slug: slug in URLs.
        aliases: other names.
        kind: topic.
        text: definition, use, and a figure or a starting point.
        related: related terms.
        search: words that find examples in the catalogue.
        rule: name of the rule that finds examples; empty if there is nothing to hear.
        is_practice: whether the examples are sounds to practise on, instead of examples of the term itself.
        score: similarity to the query from 0 to 100; 0 outside a search.
    """

    term: str
    aliases: tuple[str, ...]
    kind: str
    text: str
    related: tuple[str, ...]
    search: str = ""
    slug: str = ""
    rule: str = ""
    is_practice: bool = False
    score: float = 0.0

    @property
    def title(self) -> str:
        """The term with an initial capital."""
        return self.term[:1].upper() + self.term[1:]

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of the text."""
        return tuple(_SENTENCE.split(self.text))

    @property
    def summary(self) -> str:
        """The definition in one sentence: the first one of the text."""
        return self.sentences[0]

    @cached_property
    def tip(self) -> str:
        """The advice in the text: the last sentence that begins with an imperative, or else the last sentence."""
        told = [sentence for sentence in self.sentences[1:] if _STARTS_A_TIP.match(sentence)]
        return (told or list(self.sentences))[-1]

    @property
    def definition(self) -> str:
        """The text without the tip."""
        return " ".join(sentence for sentence in self.sentences if sentence != self.tip)


@dataclass(frozen=True)
class ExampleRule:
    """Conditions on a sound of the catalogue, all of which must hold.

    Args:
        name: name of the rule.
        words: at least one is in the sound's title.
        without: none is in the sound's title.
        kind: loop, one-shot or track.
        genres: slugs; the pack has one of these genres.
        tags: names; the pack has at least one of these tags.
        mode: major or minor.
        bpm: lowest and highest tempo.
        has_key: whether the key is known; None if that does not matter.
        format: format of the file.
        brightness: lowest and highest spectral centroid in Hz, as measured.
    """

    name: str
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    kind: str = ""
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    mode: str = ""
    bpm: tuple[float, float] | None = None
    has_key: bool | None = None
    format: str = ""
    brightness: tuple[float, float] | None = None
