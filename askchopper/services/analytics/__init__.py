"""Creator analytics: the rollup of events, reads for pages and exports, and advice."""
