"""Sentences that summarise a member's taste, for the assistant."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.services.taste import values
from askchopper.taste_vocabulary import TasteChoice, TasteFacet

_NAMED = 4
_WORDS = {TasteFacet.GENRE: "Genres", TasteFacet.KEY: "Keys", TasteFacet.KIND: "Kinds", TasteFacet.CREATOR: "Creators"}
_LEAST_SHARE = 0.05


async def describe(session: AsyncSession, user_id: uuid.UUID) -> tuple[tuple[str, float], ...]:
    """Return sentences about a member's taste, each with its importance from 0 to 1, most important first; empty without activity.

    Manual corrections are stated as such. Does not authorise: only for the member's own conversation.
    """
    known = await values.compute(session, user_id)
    if not known.is_known:
        return ()
    found: list[tuple[str, float]] = []
    for facet, word in _WORDS.items():
        named = [
            one for one in known.values[facet] if one.share >= _LEAST_SHARE and one.liking > 0 and one.choice is None
        ]
        if named:
            listed = ", ".join(f"{one.label} ({one.share:.0%})" for one in named[:_NAMED])
            found.append((f"{word} played and bought: {listed}.", _weight(facet)))
    tempi = [one.label.removeprefix("Around ") for one in known.values[TasteFacet.TEMPO] if one.liking > 0]
    if tempi:
        found.append((f"Tempo mostly around {' and '.join(tempi)}.", 0.9))
    for choice, word in (
        (TasteChoice.MORE, "wants more"),
        (TasteChoice.LESS, "wants less"),
        (TasteChoice.NEVER, "never wants"),
    ):
        said = [one.label for facet in values.CORRECTABLE for one in known.values[facet] if one.choice is choice]
        if said:
            found.append((f"The member {word}: {', '.join(said)}.", 1.0))
    return tuple(sorted(found, key=lambda one: -one[1]))


def _weight(facet: TasteFacet) -> float:
    return {TasteFacet.GENRE: 0.95, TasteFacet.CREATOR: 0.7, TasteFacet.KEY: 0.5}.get(facet, 0.3)
