"""Benchmarks: ours beside a peer, in one script, on one machine. ``python -m bench NAME``; bars in ``bars.toml``."""
