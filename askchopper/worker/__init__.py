"""Entry point for background jobs. A task is one service call; the queue is in Postgres."""
