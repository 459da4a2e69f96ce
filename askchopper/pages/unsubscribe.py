"""Unsubscribe page, which mails link to."""

import reflex as rx

from askchopper.views.auth_layout import auth_layout
from askchopper.views.mails import unsubscribe_form


def unsubscribe() -> rx.Component:
    return auth_layout("Unsubscribe", rx.fragment("You stay a member; only the mails end."), unsubscribe_form())
