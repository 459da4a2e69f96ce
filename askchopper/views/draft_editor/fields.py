"""Auto-saving fields of a draft with error messages."""

import reflex as rx

from askchopper.components import forms, theme
from askchopper.genres import GENRES
from askchopper.states.draft_editor import WizardState


def text(
    label: str, name: str, *, hint: rx.Var[str] | str = "", max_length: int = 600, is_number: bool = False
) -> rx.Component:
    """Render a text or number input, saved as field ``name`` of the draft."""
    field_id = f"draft-{name}"
    attributes = {"inputMode": "numeric"} if is_number else {}
    return rx.el.div(
        forms.field(
            label,
            rx.el.input(
                id=field_id, dir="auto", default_value=WizardState.form[name], max_length=max_length, class_name=theme.FIELD,
                custom_attrs=attributes, **_saving(name),
            ),
            for_id=field_id,
        ),
        rx.el.p(hint, class_name=f"{theme.SMALL} text-text-3 mt-1.5"),
        _problem(name),
    )  # fmt: skip


def area(label: str, name: str) -> rx.Component:
    """Render a text area, saved as field ``name`` of the draft."""
    field_id = f"draft-{name}"
    area = rx.el.textarea(
        id=field_id, dir="auto", default_value=WizardState.form[name], max_length=4000, rows="5",
        class_name=f"{theme.FIELD} py-2.5 leading-[22px]", **_saving(name),
    )  # fmt: skip
    return rx.el.div(forms.field(label, area, for_id=field_id), _problem(name))


def genre() -> rx.Component:
    select = rx.el.select(
        rx.el.option("Choose a genre", value=""),
        *(rx.el.option(name, value=slug) for slug, name in GENRES.items()),
        id="draft-genre_slug",
        default_value=WizardState.form["genre_slug"],
        on_change=WizardState.save("genre_slug"),
        disabled=WizardState.is_locked,
        class_name=theme.FIELD,
    )
    return rx.el.div(forms.field("Genre", select, for_id="draft-genre_slug"), _problem("genre_slug"))


def _problem(field: str) -> rx.Component:
    return rx.cond(
        WizardState.field_problem.get(field, "") != "",
        rx.el.p(WizardState.field_problem[field], role="alert", class_name=f"{theme.SMALL} text-bad"),
        rx.fragment(),
    )


def _saving(field: str) -> dict[str, object]:
    """Return event props that save the field after a pause in typing and on blur."""
    return {
        "on_change": WizardState.save(field).debounce(800),
        "on_blur": WizardState.save(field),
        "disabled": WizardState.is_locked,
    }
