"""Pack page: preview, contents, licences and purchase."""

import reflex as rx

from askchopper import routes
from askchopper.views import pack_page
from askchopper.views.shell import frame


def pack() -> rx.Component:
    return frame(pack_page.content(), active=routes.BROWSE)
