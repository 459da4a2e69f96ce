"""Frozen dataclasses that cross floors, one module per room. They carry values, never tables and never secrets."""
