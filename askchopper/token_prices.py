"""Token prices in money: the bundles of ``TOKEN_BUNDLES`` in ``CURRENCY``."""

from dataclasses import dataclass

from askchopper import policy, settings

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}


@dataclass(frozen=True)
class Bundle:
    """A number of tokens with its price in cents."""

    tokens: int
    cents: int


def bundles() -> tuple[Bundle, ...]:
    """Return the bundles on sale, smallest first."""
    return tuple(Bundle(tokens, cents) for tokens, cents in settings.get().bundles)


def find(tokens: int) -> Bundle | None:
    """Return the bundle with a number of tokens; None if there is none."""
    return next((bundle for bundle in bundles() if bundle.tokens == tokens), None)


def covering(missing_tokens: int) -> Bundle | None:
    """Return the smallest bundle that covers the missing tokens, or a multiple of the largest; None above the top-up limit."""
    listed = bundles()
    for bundle in listed:
        if bundle.tokens >= missing_tokens:
            return bundle
    times = -(-missing_tokens // listed[-1].tokens)
    several = Bundle(times * listed[-1].tokens, times * listed[-1].cents)
    return several if several.tokens <= policy.MAX_TOP_UP_TOKENS else None


def payout_cents(tokens: int) -> int:
    """Return the payout for tokens in cents, at the price of the cheapest bundle, rounded down."""
    return min(tokens * bundle.cents // bundle.tokens for bundle in bundles())


def approximate(tokens: int) -> str:
    """Return the approximate price of tokens at the rate of the smallest bundle that covers them: ``about €5.40``; empty for 0 tokens."""
    if tokens < 1:
        return ""
    bundle = next((one for one in bundles() if one.tokens >= tokens), bundles()[-1])
    return f"about {money(round(tokens * bundle.cents / bundle.tokens))}"


def money(cents: int) -> str:
    """Format an amount: ``€5.40``."""
    currency = settings.get().currency
    amount = f"{cents / 100:,.2f}"
    return f"{_SYMBOLS[currency]}{amount}" if currency in _SYMBOLS else f"{amount} {currency}"
