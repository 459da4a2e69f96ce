"""The exception of backup and restore."""


class BackupError(Exception):
    """A backup or restore cannot be made; the message is one clear sentence."""
