"""Frozen dataclasses that cross layers, one module per feature. They hold values, never tables or secrets."""
