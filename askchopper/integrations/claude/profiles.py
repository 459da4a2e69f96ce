"""Parameters and prices of the model families."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Profile:
    """Parameters and prices, in dollars per million tokens, of a model family.

    Args:
        prefix: prefix of its model ids.
        thinking: ``thinking`` parameter for the least thinking that it accepts; empty for the model's default.
        input_price: price of an input token; cache reads cost a tenth of it, cache writes 25% more.
        output_price: price of an output token.
    """

    prefix: str
    thinking: dict[str, str] = field(default_factory=dict[str, str])
    input_price: float = 2.0
    output_price: float = 10.0

    def cost_microdollars(self, *, fresh: int, cached: int, written: int, output: int) -> int:
        """Return the price of a request in millionths of a dollar."""
        return round((fresh + cached * 0.1 + written * 1.25) * self.input_price + output * self.output_price)


PROFILES = (
    Profile("claude-sonnet-5", {"type": "between_tools"}, 2.0, 10.0),
    Profile("claude-haiku-5", {}, 0.1, 0.5),
    Profile("claude-opus-5", {}, 4.0, 20.0),
)


def profile_of(model: str) -> Profile:
    """Return the profile of a model; unknown models get default parameters and prices."""
    return next((known for known in PROFILES if model.startswith(known.prefix)), Profile(model))
