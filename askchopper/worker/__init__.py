"""The third door: work that nobody waits for. Tasks are one call of a service each; the queue is in Postgres."""
