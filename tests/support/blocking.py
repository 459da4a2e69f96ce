"""A function that blocks, for threads and for children of the sandbox.

In a module of its own: a child imports the module of its function, and that of a test brings in the whole product.
"""

import threading


def block(seconds: float) -> None:
    """Keep a thread or a child busy."""
    threading.Event().wait(seconds)
