"""Parses date phrases: "last week", "in October", "two weeks ago". Days are in UTC."""

import re
from datetime import UTC, datetime, timedelta

_MONTHS: list[str] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS: list[str] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "couple": 2, "few": 3}
_PATTERN = re.compile(
    rf"""\b(?:
        (?P<day>today|yesterday)
        |(?P<which>this|last|past)\s+(?P<unit>week|month|year|weekend|{"|".join(_DAYS)}|{"|".join(_MONTHS)})
        |(?P<count>\d{{1,3}}|{"|".join(_NUMBERS)})\s+(?:of\s+)?(?P<ago>day|week|month|year)s?\s+ago
        |(?:in|(?P<since>since))\s+(?P<month>{"|".join(_MONTHS)})(?:\s+(?P<year>20\d\d))?
        |on\s+(?P<weekday>{"|".join(_DAYS)})
        |in\s+(?P<only_year>20\d\d)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
Span = tuple[datetime, datetime]


def find(text: str, now: datetime) -> tuple[Span | None, str]:
    """Find the first date phrase in the first 500 characters of a text.

    Returns:
        The start and the exclusive end of the period, or None without a phrase; and the text without the phrase.
    """
    match = _PATTERN.search(text[:500])
    if match is None:
        return None, text
    span = _span({name: value.lower() for name, value in match.groupdict().items() if value}, _midnight(now))
    return span, f"{text[: match.start()]} {text[match.end() :]}"


def _span(said: dict[str, str], today: datetime) -> Span:
    day = timedelta(days=1)
    if word := said.get("day"):
        start = today if word == "today" else today - day
        return start, start + day
    if number := said.get("count"):
        count = int(number) if number.isdigit() else _NUMBERS[number]
        return _ago(count, said["ago"], today)
    if weekday := said.get("weekday"):
        return _weekday(weekday, today)
    if month := said.get("month"):
        start, end = _month(month, int(said["year"]) if "year" in said else None, today)
        return start, max(end, today + day) if "since" in said else end
    if year := said.get("only_year"):
        return datetime(int(year), 1, 1, tzinfo=UTC), datetime(int(year) + 1, 1, 1, tzinfo=UTC)
    return _unit(said["which"], said["unit"], today)


def _unit(which: str, unit: str, today: datetime) -> Span:
    is_last = which != "this"
    if unit in _DAYS:
        is_today = today.weekday() == _DAYS.index(unit)
        return (today, today + timedelta(days=1)) if is_today and not is_last else _weekday(unit, today)
    if unit in _MONTHS:
        is_now = today.month == _MONTHS.index(unit) + 1
        return _month(unit, today.year - 1 if is_now and is_last else None, today)
    monday = today - timedelta(days=today.weekday())
    if unit == "week":
        start = monday - timedelta(days=7 * is_last)
        return start, start + timedelta(days=7)
    if unit == "weekend":
        # Before Saturday, "this weekend" is the last one, too: a conversation of the coming one cannot be recalled.
        is_now = not is_last and today.weekday() >= _DAYS.index("saturday")
        start = monday + timedelta(days=5 if is_now else -2)
        return start, start + timedelta(days=2)
    if unit == "month":
        first = today.replace(day=1)
        return (_first_of_previous(first), first) if is_last else (first, today + timedelta(days=1))
    year = today.year - is_last
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


def _ago(count: int, unit: str, today: datetime) -> Span:
    """Return the period for "… ago": exact for days, else with half a unit of tolerance, since people do not count exactly."""
    days = {"day": 1, "week": 7, "month": 30, "year": 365}[unit]
    middle = today - timedelta(days=min(count * days, 36_500))
    slack = timedelta(days=max(0, days // 2))
    return middle - slack, middle + slack + timedelta(days=1)


def _weekday(name: str, today: datetime) -> Span:
    back = (today.weekday() - _DAYS.index(name)) % 7 or 7
    start = today - timedelta(days=back)
    return start, start + timedelta(days=1)


def _month(name: str, year: int | None, today: datetime) -> Span:
    number = _MONTHS.index(name) + 1
    chosen = year or (today.year if number <= today.month else today.year - 1)
    start = datetime(chosen, number, 1, tzinfo=UTC)
    return start, datetime(chosen + number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _first_of_previous(first: datetime) -> datetime:
    return (first - timedelta(days=1)).replace(day=1)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
