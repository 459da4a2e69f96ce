"""The metre of a loop, stated or measured, and its number of bars."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metre:
    """A metre such as 3/4.

    Args:
        count: notes in a bar.
        unit: 4 for quarters, 8 for eighths.
    """

    count: int
    unit: int

    @property
    def name(self) -> str:
        return f"{self.count}/{self.unit}"

    def bars(self, quarters: int) -> int | None:
        """Return the number of bars in a length in quarter notes; None if it is not whole, or unusual for a loop in 4/4.

        Loops have 1, 2, 4, 8 or 16 bars, so 12 beats may be 4 bars of 3/4 just as well as 3 bars of 4/4.
        """
        bars, rest = divmod(quarters * self.unit, 4 * self.count)
        if not bars or rest or (self == COMMON and bars.bit_count() != 1):
            return None
        return bars


COMMON, WALTZ = Metre(4, 4), Metre(3, 4)
