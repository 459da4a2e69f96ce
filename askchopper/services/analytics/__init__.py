"""Figures of creators: the rollup that counts events, what pages and exports read, and advice."""
