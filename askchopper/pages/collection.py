"""Page of one collection."""

import reflex as rx

from askchopper import routes
from askchopper.views import collection_dialogs, collection_page
from askchopper.views.shell import frame


def collection() -> rx.Component:
    return frame(
        collection_page.content(), collection_dialogs.settings_dialog(), collection_dialogs.purchase_dialog(), active=routes.COLLECTIONS
    )  # fmt: skip
