"""The report of an import: rows read, imported and skipped, with reasons."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class TableReport:
    """Counts of one table."""

    read: int = 0
    imported: int = 0
    known: int = 0  # imported by an earlier run
    skipped: Counter[str] = field(default_factory=Counter[str])
    notes: Counter[str] = field(default_factory=Counter[str])
    ignored_columns: list[str] = field(default_factory=list[str])
    missing: str = ""


@dataclass
class Report:
    """Counts of all tables. ``import_id`` is the argument of ``--undo``; empty for a dry run or if nothing was new."""

    tables: dict[str, TableReport] = field(default_factory=dict[str, TableReport])
    import_id: str = ""

    def table(self, name: str) -> TableReport:
        """Return the counts of a table, creating them if needed."""
        return self.tables.setdefault(name, TableReport())

    def facts(self) -> dict[str, Any]:
        """Return the report as data for storage."""
        return {
            name: {**vars(counts), "skipped": dict(counts.skipped), "notes": dict(counts.notes)}
            for name, counts in self.tables.items()
        }

    def lines(self) -> list[str]:
        """Return the report as readable text, one line each."""
        found: list[str] = []
        for name, counts in self.tables.items():
            if counts.missing:
                found.append(f"{name}: {counts.missing}")
                continue
            found.append(f"{name}: {counts.read:,} read, {counts.imported:,} imported, {counts.known:,} known before")
            found += [f"  skipped {count:,}: {reason}" for reason, count in counts.skipped.most_common()]
            found += [f"  {count:,}: {note}" for note, count in counts.notes.most_common()]
            if counts.ignored_columns:
                found.append(f"  ignored columns: {', '.join(counts.ignored_columns)}")
        return found
