"""Backup and restore of a whole installation: the database in one snapshot, and every file that it references.

A backup folder holds any number of backups. Stored files never change under their key, so each is kept once, in ``files``; each backup
is a folder named by its time, with the dump of the database and the list of its files::

    DIR/files/masters/ab/ab12….wav
    DIR/site/terms.md
    DIR/20261129T031500Z/database.dump
    DIR/20261129T031500Z/files.jsonl
    DIR/20261129T031500Z/backup.json     written last: a folder without it is not a backup
"""

from askchopper.backup.errors import BackupError

__all__ = ["BackupError"]
