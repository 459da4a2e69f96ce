"""A button that imports a file in two steps."""

import reflex as rx
from reflex.components.component import Component

IMPORT_FILE = "$/public/src/shared/import_file.jsx"


class ImportFile(Component):
    """A button that imports a file: first what it would add, then the import itself. ``url`` takes ``dry_run``."""

    library = IMPORT_FILE
    tag = "ImportFile"
    url: rx.Var[str]
    label: rx.Var[str]
    on_imported: rx.EventHandler[rx.event.no_args_event_spec]
