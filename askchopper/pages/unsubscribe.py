"""Unsubscribe page, which mails link to."""

import reflex as rx

from askchopper.views.auth_layout import auth_layout
from askchopper.views.mails import unsubscribe_form


def unsubscribe() -> rx.Component:
    return auth_layout("Unsubscribe", rx.fragment("You keep your account. Only these emails stop."), unsubscribe_form())
