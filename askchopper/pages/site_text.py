"""The pages linked in the footer; operators can replace their texts."""

import reflex as rx

from askchopper.components import feedback, theme
from askchopper.components.client import ForPath
from askchopper.states.site_texts import SiteTextState
from askchopper.views.shell import frame


def site_text() -> rx.Component:
    return frame(
        ForPath.create(
            rx.el.article(
                rx.el.h1(SiteTextState.title, class_name=theme.TITLE_1),
                rx.html(SiteTextState.body, class_name="prose-chat prose-page text-text-2 mt-6"),
                class_name="mx-auto w-full max-w-[720px] px-4 pt-10",
            ),
            rx.el.div(
                feedback.skeleton("h-[32px] w-[220px]"),
                *feedback.row_skeletons(6),
                class_name="mx-auto w-full max-w-[720px] px-4 pt-10",
                aria_busy="true",
            ),
            path=SiteTextState.path,
        )
    )
