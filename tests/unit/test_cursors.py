import base64

import pytest

from askchopper.errors import InvalidInputError
from askchopper.schemas import cursors


def test_cursor_round_trip():
    assert cursors.decode(cursors.encode("newest", 1.5, None), length=3) == ("newest", 1.5, None)


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "!!!!", "bm9wZQ", base64.b64encode(b"{}").decode(), base64.b64encode(b"[1,2]").decode(), "W" * 100_000,
     base64.b64encode(b"[" * 200).decode(), "é"],
)  # fmt: skip
def test_invalid_cursor_is_rejected(cursor: str):
    with pytest.raises(InvalidInputError) as caught:
        cursors.decode(cursor, length=3)
    assert caught.value.field == "cursor"
