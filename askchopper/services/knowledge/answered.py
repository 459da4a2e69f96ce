"""Statistics on answers to music questions, and the subjects of unanswered ones.

No asker is stored. A subject is stored as a keyed hash until enough members have asked about it; then its normalised
words are stored too: at most four, so that no private names are recorded.
"""

import hashlib
import hmac
import re
import unicodedata
import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, settings
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.answered import AnsweredReport, QuestionOutcome, TopicShare, UnansweredSubject
from askchopper.services.audit import require_admin

REPORT_DAYS, KEPT_DAYS = 30, 400
MAX_WORDS, MAX_WORD = 4, 20
MAX_SUBJECTS = 50
_MOST_READ = 400
_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S*")
_FRAME = frozenset(
    _WORD.findall(
        "a about actually all also am an and any anything are as at be been beginner between but by can chopper compared could define"
        " definition did difference do does doing even exactly example explain explained find for from get give go good got had has"
        " have hello help here hey hi him her how i if im in into is it its just kind know learn like long make many me mean meaning"
        " means more most much music my need new no not now of on one or our out over please producer production quick really say"
        " should show simple simply so some someone something sound sounds tell than thanks that the their them then there these they"
        " thing this those to today understand up us use used using very want was we were what whats when where which who whose why"
        " will with word work works would you your"
    )
)
_COUNT = text("""
    INSERT INTO question_outcomes (day, topic, outcome, questions) VALUES ((now() AT TIME ZONE 'UTC')::date, :topic, :outcome, 1)
    ON CONFLICT (day, topic, outcome) DO UPDATE SET questions = question_outcomes.questions + 1
""")
_ASKED = text("""
    INSERT INTO unanswered_subjects AS u (fingerprint, topic, members, asked_on)
    VALUES (:fingerprint, :topic, ARRAY[CAST(:member AS varchar)], (now() AT TIME ZONE 'UTC')::date)
    ON CONFLICT (fingerprint) DO UPDATE SET questions = u.questions + 1, asked_on = excluded.asked_on,
        members = CASE WHEN u.subject IS NOT NULL OR :member = ANY(u.members) THEN u.members ELSE u.members || excluded.members END
    RETURNING subject, cardinality(members) AS members
""")
_NAME = text("UPDATE unanswered_subjects SET subject = :subject, members = '{}' WHERE fingerprint = :fingerprint")
_TOPICS = text("""
    SELECT topic, coalesce(sum(questions) FILTER (WHERE outcome = 'answered'), 0) AS answered,
        coalesce(sum(questions) FILTER (WHERE outcome = 'partly'), 0) AS partly, coalesce(sum(questions) FILTER (WHERE outcome = 'not'), 0) AS unanswered
    FROM question_outcomes WHERE day > (now() AT TIME ZONE 'UTC')::date - CAST(:days AS integer) GROUP BY topic ORDER BY sum(questions) DESC, topic
""")
_SUBJECTS = text(
    "SELECT subject, topic, questions FROM unanswered_subjects WHERE subject IS NOT NULL ORDER BY questions DESC, subject LIMIT :most"
)
_WITHHELD = text("SELECT count(*) FROM unanswered_subjects WHERE subject IS NULL")
_FORGET_SUBJECTS = text(
    "DELETE FROM unanswered_subjects WHERE asked_on < (now() AT TIME ZONE 'UTC')::date - CAST(:days AS integer)"
)
_FORGET_COUNTS = text(
    "DELETE FROM question_outcomes WHERE day < (now() AT TIME ZONE 'UTC')::date - CAST(:days AS integer)"
)


async def count(session: AsyncSession, topic: str, outcome: QuestionOutcome) -> None:
    """Count a question by topic and outcome."""
    await session.execute(_COUNT, {"topic": topic, "outcome": outcome.value})


async def collect(session: AsyncSession, user_id: uuid.UUID, question: str, topic: str) -> None:
    """Collect the subject of an unanswered question; its words are stored once enough members have asked about it."""
    subject = subject_of(question)
    if not subject:
        return
    fingerprint = _keyed(f"{topic}\n{subject}")
    given = {"fingerprint": fingerprint, "topic": topic, "member": _keyed(f"{fingerprint}\n{user_id}")}
    row = (await session.execute(_ASKED, given)).one()
    if row.subject is None and row.members >= policy.UNANSWERED_SHOWN_FROM_MEMBERS:
        await session.execute(_NAME, {"fingerprint": fingerprint, "subject": subject})


async def report(session: AsyncSession, viewer: Viewer | None) -> AnsweredReport:
    """Return the outcomes of the last ``REPORT_DAYS`` by topic, the most asked unanswered subjects, and how many are withheld.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    require_admin(viewer)
    topics = await session.execute(_TOPICS, {"days": REPORT_DAYS})
    subjects = await session.execute(_SUBJECTS, {"most": MAX_SUBJECTS})
    return AnsweredReport(
        tuple(TopicShare(row.topic, int(row.answered), int(row.partly), int(row.unanswered)) for row in topics),
        tuple(UnansweredSubject(row.subject, row.topic, row.questions) for row in subjects),
        int((await session.execute(_WITHHELD)).scalar_one()),
    )


async def forget(session: AsyncSession) -> None:
    """Delete subjects not asked about for ``policy.UNANSWERED_DAYS``, and counts older than ``KEPT_DAYS``."""
    await session.execute(_FORGET_SUBJECTS, {"days": policy.UNANSWERED_DAYS})
    await session.execute(_FORGET_COUNTS, {"days": KEPT_DAYS})


def subject_of(question: str) -> str:
    """Return a question's subject: its first content words, without stop words, addresses and numbers; may be empty."""
    plain = unicodedata.normalize("NFKC", _ADDRESS.sub(" ", question[:_MOST_READ])).casefold().replace("’", "'")  # noqa: RUF001
    words = [word.removesuffix("'s") for word in _WORD.findall(plain)]
    kept = [word for word in words if word not in _FRAME and 1 < len(word) <= MAX_WORD]
    return " ".join(kept[:MAX_WORDS])


def _keyed(value: str) -> str:
    return hmac.new(settings.get().signing_key.encode(), f"unanswered\n{value}".encode(), hashlib.sha256).hexdigest()
