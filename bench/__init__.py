"""Benchmarks against a peer, in one script, on one machine. ``python -m bench NAME``; thresholds in ``bars.toml``."""
