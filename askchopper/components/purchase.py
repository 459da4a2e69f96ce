"""Wrappers of client components that select a licence and open the purchase dialog."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

PURCHASE = "$/public/src/shared/purchase.jsx"
BUY_EVENT = "askchopper.buy"  # of the window, in purchase.jsx


def _three_texts(
    first: rx.Var[str], second: rx.Var[str], third: rx.Var[str]
) -> tuple[rx.Var[str], rx.Var[str], rx.Var[str]]:
    return first, second, third


class PriceButton(Component):
    """A price that opens the purchase dialog. Client-side, so that list rows need no event handlers."""

    library = PURCHASE
    tag = "PriceButton"
    title: rx.Var[str]
    price: rx.Var[str]


class BuyButton(Component):
    """A button that opens the purchase dialog for a pack under a licence."""

    library = PURCHASE
    tag = "BuyButton"
    item: rx.Var[Any]
    licence: rx.Var[Any]


class PurchaseRequests(Component):
    """Forwards the requests of purchase buttons and of key B to the state."""

    library = PURCHASE
    tag = "PurchaseRequests"
    on_open: rx.EventHandler[_three_texts]


class LicenceChoice(Component):
    """Holds the selected licence of a page; the server receives it with the purchase request."""

    library = PURCHASE
    tag = "LicenceChoice"
    kinds: rx.Var[list[str]]


class LicenceRadio(Component):
    """The radio button of a licence."""

    library = PURCHASE
    tag = "LicenceRadio"
    kind: rx.Var[Any]


class ForLicence(Component):
    """Shows its children while a licence is selected."""

    library = PURCHASE
    tag = "ForLicence"
    kind: rx.Var[Any]
