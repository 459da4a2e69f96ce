"""The exception of backup and restore."""


class BackupError(Exception):
    """A backup or restore is not possible; the message is one sentence for the operator."""
