"""Frozen dataclasses shared between layers, one module per feature. They hold plain values, never table rows or secrets."""
