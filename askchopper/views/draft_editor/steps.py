"""The editor's stepper, the layout of a step, and the bottom bar."""

import reflex as rx

from askchopper.components import buttons, theme
from askchopper.components.client import SavedAt
from askchopper.states.draft_editor import WizardState

_STEPS = (("files", "Files"), ("details", "Details"), ("price", "Licence and price"), ("review", "Review"))


def stepper() -> rx.Component:
    """Render the four steps; on a phone only the current one."""
    return rx.fragment(
        rx.el.nav(
            *(
                rx.el.button(
                    rx.el.span(
                        str(number),
                        class_name=rx.cond(
                            WizardState.step == step,
                            "size-[22px] rounded-[4px] grid place-items-center fact bg-text-1 !text-on-amber",
                            "size-[22px] rounded-[4px] grid place-items-center fact bg-surface-2",
                        ),
                        aria_hidden="true",
                    ),
                    label,
                    type="button",
                    on_click=WizardState.go_to_step(step),
                    aria_current=rx.cond(WizardState.step == step, "step", "false"),
                    class_name=rx.cond(
                        WizardState.step == step,
                        "inline-flex items-center gap-2.5 min-h-[48px] font-semibold text-text-1 shadow-[inset_0_-2px_0_var(--text-1)] cursor-pointer",
                        "inline-flex items-center gap-2.5 min-h-[48px] font-semibold text-text-2 hover:text-text-1 cursor-pointer",
                    ),
                )
                for number, (step, label) in enumerate(_STEPS, 1)
            ),
            aria_label="Steps",
            class_name="hidden sm:flex gap-7 border-b border-line mb-7",
        ),
        rx.el.div(
            *(
                rx.el.button(
                    rx.el.span(f"Step {number} of {len(_STEPS)}: {label}", class_name="sr-only"),
                    type="button",
                    on_click=WizardState.go_to_step(step),
                    class_name=rx.cond(WizardState.step == step, "h-[44px] flex-1 border-b-[3px] border-text-1", "h-[44px] flex-1 border-b-[3px] border-line-strong"),
                )
                for number, (step, label) in enumerate(_STEPS, 1)
            ),
            class_name="sm:hidden flex gap-1 mb-5 -mt-4",
        ),
    )  # fmt: skip


def step(name: str, title: str, *content: rx.Component) -> rx.Component:
    """Render a step. Hidden steps stay mounted, so that uploads continue and files can be dropped at every step."""
    return rx.el.section(
        rx.el.h2(title, tab_index=-1, class_name=f"{theme.TITLE_2} mb-5 sm:sr-only focus:outline-none"),
        *content,
        hidden=WizardState.step != name,
        aria_label=title,
        custom_attrs={"data-step": name},
    )


def bottom_bar() -> rx.Component:
    """Render the bar with the primary action, at the same position on every step."""
    return rx.el.div(
        rx.el.div(
            rx.cond(
                WizardState.is_listening,
                rx.el.p("Details can be filled in while files are still being analysed.", class_name="text-text-2 hidden md:block mr-auto"),
                rx.fragment(),
            ),
            rx.cond(
                WizardState.state == "draft",
                buttons.link_button("Save and close", href="/studio", kind="quiet", class_name="max-sm:!hidden"),
                buttons.link_button("Back to studio", href="/studio", kind="quiet"),
            ),
            rx.match(
                WizardState.step,
                ("files", _next("Continue to details", "details")),
                ("details", _next("Continue to price", "price")),
                ("price", _next("Continue to review", "review")),
                rx.cond(
                    WizardState.is_locked,
                    rx.fragment(),
                    buttons.button("Publish", kind="primary", is_busy=WizardState.is_busy_publishing, disabled=WizardState.problems.length() > 0, on_click=WizardState.publish, class_name="min-h-[48px] md:min-h-[40px] flex-1 sm:flex-none sm:min-w-[160px]"),
                ),
            ),
            class_name=f"{theme.PAGE} !max-w-[1102px] flex items-center justify-end gap-3 min-h-[72px]",
        ),
        class_name="fixed inset-x-0 bottom-[calc(var(--player-h)+var(--tabs-h))] z-30 bg-base border-t border-line",
        custom_attrs={"data-bottom-bar": ""},
    )  # fmt: skip


def _next(label: str, step: str) -> rx.Component:
    return buttons.button(
        label,
        kind="primary",
        on_click=WizardState.go_to_step(step),
        class_name="min-h-[48px] md:min-h-[40px] flex-1 sm:flex-none",
    )


def saved() -> rx.Component:
    """Render the time of the last save, in the user's local time."""
    return SavedAt.create(at=WizardState.saved_at, class_name="text-text-2 ml-auto whitespace-nowrap")
