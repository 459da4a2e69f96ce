"""A button that imports a file after a preview."""

import reflex as rx
from reflex.components.component import Component

IMPORT_FILE = "$/public/src/shared/import_file.jsx"


class ImportFile(Component):
    """A button that imports a file: it shows a preview from ``url`` with ``dry_run``, then imports."""

    library = IMPORT_FILE
    tag = "ImportFile"
    url: rx.Var[str]
    label: rx.Var[str]
    on_imported: rx.EventHandler[rx.event.no_args_event_spec]
