"""How many cards a shelf shows at each width. A shelf is a selection, so it can end with a full row."""

# The breakpoints and columns are those of ``catalogue.CARD_GRID``. Hides a single card in the last row, unless it is the only one.
FULL_ROWS = (
    "max-sm:[&>:last-child:nth-child(2n+1):not(:first-child)]:hidden"
    " sm:max-md:[&>:last-child:nth-child(3n+1):not(:first-child)]:hidden"
    " md:max-lg:[&>:last-child:nth-child(4n+1):not(:first-child)]:hidden"
    " lg:[&>:last-child:nth-child(5n+1):not(:first-child)]:hidden"
)
# For six cards: full rows of two and of three, or one row of four or of five.
SIX = f"md:max-lg:[&>:nth-child(n+5)]:hidden lg:[&>:nth-child(n+6)]:hidden {FULL_ROWS}"
# For five: one row, or two of two.
FIVE = (
    "max-sm:[&>:nth-child(n+5)]:hidden sm:max-md:[&>:nth-child(n+4)]:hidden md:max-lg:[&>:nth-child(n+5)]:hidden"
    f" {FULL_ROWS}"
)
