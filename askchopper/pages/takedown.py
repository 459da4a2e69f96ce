"""The takedown notice form in six parts, and the counter-notice form for the creator of a pack that was taken down."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import forms, theme
from askchopper.moderation_vocabulary import NoticeKind
from askchopper.states.decisions import NoticeState
from askchopper.views.shell import frame

_THANKS = "Thank you. A moderator will read your notice and answer by email."


def takedown() -> rx.Component:
    is_counter = NoticeState.is_counter
    return frame(
        rx.el.div(
            rx.el.h1(rx.cond(is_counter, "Send a counter-notice", "Report use of your work"), class_name=theme.TITLE_1),
            rx.el.p(
                rx.cond(
                    is_counter,
                    "Your pack was taken down, and you have the right to sell it. Explain it here; a moderator decides whether it goes back on sale.",
                    "Somebody sells your work without permission. Fill in all six parts; a moderator decides whether the pack is taken down.",
                ),
                class_name="text-text-2 mt-2 mb-6",
            ),
            forms.post_form(
                routes.LEGAL_NOTICES,
                rx.el.input(type="hidden", name="kind", value=rx.cond(is_counter, NoticeKind.COUNTER.value, NoticeKind.TAKEDOWN.value)),
                _part(
                    "1. Who you are",
                    forms.text_field("Full name", "name", required=True, max_length=120, auto_complete="name"),
                    forms.text_field("Email", "email", type="email", required=True, max_length=254, auto_complete="email"),
                ),
                _part("2. The work", _long("What is yours, and where was it published before?", "work")),
                _part("3. Where it is", forms.text_field("Address of the pack on this site", "place", required=True, max_length=300, default_value=NoticeState.place, key=NoticeState.place)),
                _part("4. Good faith", forms.checkbox("I believe in good faith that this use is not allowed by the owner, or that the removal was a mistake.", "good_faith", id="notice-good-faith")),
                _part("5. Accuracy", forms.checkbox("What I say is accurate, and I am the owner, the creator of the pack, or may act for them.", "accuracy", id="notice-accuracy")),
                _part("6. Signature", forms.text_field("Your full name, as above", "signature", required=True, max_length=120)),
                submit="Send notice",
                success=_THANKS,
                reload=False,
                is_wide=False,
            ),
            class_name="mx-auto w-full max-w-[640px] px-4 pt-10",
        )
    )  # fmt: skip


def _part(title: str, *fields: rx.Component) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(title, class_name=f"{theme.TITLE_3} mb-3"), rx.el.div(*fields, class_name="grid gap-4")
    )


def _long(label: str, name: str) -> rx.Component:
    return forms.field(
        label,
        rx.el.textarea(
            id=f"notice-{name}", name=name, dir="auto", rows="4", required=True, max_length=policy.MAX_NOTICE_CHARACTERS,
            class_name=f"{theme.FIELD} py-2.5",
        ),
        for_id=f"notice-{name}",
    )  # fmt: skip
