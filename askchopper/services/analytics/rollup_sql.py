"""The SQL statements of the rollup, in the order in which they run."""

from sqlalchemy import TextClause, text

from askchopper import policy

_COUNTS = ("shown", "opened", "played", "liked", "collected", "bought", "downloaded", "refunded")
_SUMS = (*_COUNTS, "completed", "seconds", "gross_tokens", "fee_tokens", "refunded_tokens")
# What one event adds to each sum, by its columns.
_ADDS = {
    **{kind: f"CASE kind WHEN '{kind}' THEN amount ELSE 0 END" for kind in _COUNTS},
    "completed": "is_complete::integer",
    "seconds": "seconds::double precision",
    "gross_tokens": "CASE kind WHEN 'bought' THEN gross_tokens ELSE 0 END",
    "fee_tokens": "CASE kind WHEN 'refunded' THEN -fee_tokens ELSE fee_tokens END",
    "refunded_tokens": "CASE kind WHEN 'refunded' THEN gross_tokens ELSE 0 END",
}
_SUMMED = ", ".join(f"sum({name})" for name in _SUMS)
_NAMES = ", ".join(_SUMS)
_COLUMNS = (
    "happened_at, kind, pack_ids, file_id, visitor, country, device, source, term, amount, seconds, stopped_at, is_complete,"
    " gross_tokens, fee_tokens, purchase_id"
)


# The Monday of a day, and the first day of the weeks that are not summed up yet.
WEEK_OF = "({0} - extract(isodow FROM {0})::integer + 1)"
_SUMMED_UNTIL = "SELECT max(week) + 7 FROM weekly_breakdowns"


def _added(table: str) -> str:
    return ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _SUMS)


def take(limit: int, packs: int) -> TextClause:
    """Return the SQL statement that moves the oldest events out of the inbox into a temporary table.

    It moves at most ``limit`` events, which list about ``packs`` packs. ``CREATE TABLE AS`` accepts no bind parameters.
    """
    return text(_TAKE.format(limit=int(limit), packs=int(packs)))


_TAKE = f"""
    CREATE TEMP TABLE batch ON COMMIT DROP AS
    WITH taken AS (
        DELETE FROM pack_event_inbox WHERE id IN (
            SELECT id FROM (SELECT id, sum(cardinality(pack_ids)) OVER (ORDER BY id) - cardinality(pack_ids) AS before
                FROM (SELECT id, pack_ids FROM pack_event_inbox ORDER BY id LIMIT {{limit}}) oldest) counted
            WHERE before < {{packs}})
        RETURNING id, {_COLUMNS}
    )
    SELECT id, least(happened_at, now()) AS happened_at, {_COLUMNS.partition(", ")[2]} FROM taken
"""  # noqa: S608 - constants
# JIT compilation would take longer than a batch, and a batch fits into this ``work_mem``; only one rollup runs at a time.
PREPARE = (
    text("SET LOCAL jit = off"),
    text("SET LOCAL work_mem = '192MB'"),
    text("CREATE INDEX ON batch (visitor, happened_at)"),
    text("ANALYZE batch"),
)
COUNT = text("SELECT count(*) FROM batch")

# Attributes an action without a source to the last list or page in which the member saw the pack.
ATTRIBUTE = text("""
    UPDATE batch SET source = found.source, term = found.term, device = found.device,
        country = CASE batch.country WHEN '' THEN found.country ELSE batch.country END
    FROM (
        SELECT b.id, led.* FROM batch b CROSS JOIN LATERAL (
            SELECT e.source, e.term, e.device, e.country FROM (
                SELECT * FROM (SELECT kind, pack_ids, happened_at, source, term, device, country FROM pack_events
                    WHERE visitor = b.visitor AND happened_at BETWEEN b.happened_at - make_interval(hours => :hours) AND b.happened_at
                    ORDER BY happened_at DESC LIMIT 1000) stored
                UNION ALL
                SELECT kind, pack_ids, happened_at, source, term, device, country FROM batch
                WHERE visitor = b.visitor AND happened_at BETWEEN b.happened_at - make_interval(hours => :hours) AND b.happened_at
            ) e
            WHERE b.pack_ids[1] = ANY(e.pack_ids) AND e.kind IN ('shown', 'opened', 'played')
            ORDER BY e.kind = 'shown', e.happened_at DESC LIMIT 1
        ) led
        WHERE b.kind IN ('liked', 'collected', 'bought', 'downloaded') AND b.visitor IS NOT NULL AND b.source = ''
    ) found
    WHERE found.id = batch.id
""")
ATTRIBUTE_REFUNDS = text("""
    UPDATE batch SET source = sale.source, term = sale.term, device = sale.device, country = sale.country
    FROM (
        SELECT purchase_id, source, term, device, country FROM pack_events
        WHERE kind = 'bought' AND purchase_id IN (SELECT purchase_id FROM batch WHERE kind = 'refunded')
        UNION ALL
        SELECT purchase_id, source, term, device, country FROM batch WHERE kind = 'bought'
    ) sale
    WHERE batch.kind = 'refunded' AND batch.purchase_id = sale.purchase_id
""")

_STORE = f"INSERT INTO pack_events (id, {_COLUMNS}) SELECT id, {_COLUMNS} FROM batch"  # noqa: S608 - constants
# Tables rather than parts of the next SQL statement, so that the planner sees how few rows they have.
_PACKS = """
    CREATE TEMP TABLE batch_packs ON COMMIT DROP AS
    SELECT p.id AS pack_id, c.id AS creator_id, z.zone AS time_zone, c.user_id
    FROM packs p JOIN creators c ON c.id = p.creator_id
    JOIN (SELECT time_zone, known_zone(time_zone) AS zone FROM (SELECT DISTINCT time_zone FROM creators) named) z USING (time_zone)
    WHERE p.id IN (SELECT unnest(pack_ids) FROM batch)
"""
_OWN_VISITS = """
    CREATE TEMP TABLE own_visits ON COMMIT DROP AS
    SELECT b.id, own.user_id FROM (
        SELECT user_id, visitor_of(user_id, days.day) AS visitor FROM (SELECT DISTINCT user_id FROM batch_packs) sellers
        CROSS JOIN (SELECT DISTINCT date_trunc('day', happened_at, 'UTC') AS day FROM batch WHERE visitor IS NOT NULL) days
    ) own JOIN batch b ON b.visitor = own.visitor
"""
# One row for each pack of an event, on the day in its creator's zone; equal rows are summed. Impressions have no country and device here, so
# that most of them are equal. A creator's actions on their own packs do not count, except purchases and refunds.
_SPREAD = f"""
    CREATE TEMP TABLE spread ON COMMIT DROP AS
    WITH counted AS (SELECT b.*, c.pack_id, c.creator_id, (b.happened_at AT TIME ZONE c.time_zone)::date AS day
        FROM batch b CROSS JOIN LATERAL unnest(b.pack_ids) AS shown(pack_id) JOIN batch_packs c ON c.pack_id = shown.pack_id
        LEFT JOIN own_visits o ON o.id = b.id AND o.user_id = c.user_id
        WHERE o.id IS NULL OR b.kind IN ('bought', 'refunded'))
    SELECT pack_id, creator_id, file_id, day, date_trunc('hour', happened_at) AS hour, source, CASE source WHEN 'search' THEN nullif(term, '') END AS term,
        CASE WHEN kind <> 'shown' THEN country END AS country, CASE WHEN kind <> 'shown' THEN device END AS device,
        CASE WHEN kind = 'played' THEN visitor END AS listener,
        CASE WHEN kind = 'played' AND stopped_at IS NOT NULL THEN least(49, floor(50 * stopped_at))::smallint END AS stopped_part, count(*) AS events,
        CASE WHEN kind IN ('bought', 'refunded') AND file_id IS NULL
            AND EXISTS (SELECT FROM purchases p WHERE p.id = purchase_id AND p.licence_kind = 'standard') THEN gross_tokens::text END AS price,
        CASE WHEN source IN ('share', 'embed', 'other site') THEN nullif(term, '') END AS campaign,
        {", ".join(f"sum({_ADDS[name]}) AS {name}" for name in _SUMS)}
    FROM counted GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, price, campaign
"""  # noqa: S608 - constants
_HOURS = f"""
    INSERT INTO hourly_figures AS f (subject_id, hour, {_NAMES})
    SELECT coalesce(pack_id, creator_id), hour, {_SUMMED} FROM spread GROUP BY GROUPING SETS ((pack_id, hour), (creator_id, hour))
    ORDER BY 1, 2
    ON CONFLICT (subject_id, hour) DO UPDATE SET {_added("f")}
"""  # noqa: S608 - constants
_DAYS = f"""
    INSERT INTO daily_figures AS f (subject_id, day, {_NAMES})
    SELECT coalesce(pack_id, creator_id, file_id), day, {_SUMMED} FROM spread
    GROUP BY GROUPING SETS ((pack_id, day), (creator_id, day), (file_id, day))
    HAVING coalesce(pack_id, creator_id, file_id) IS NOT NULL
    ORDER BY 1, 2
    ON CONFLICT (subject_id, day) DO UPDATE SET {_added("f")}
"""  # noqa: S608 - constants
_LISTENERS = """
    WITH added AS (
        INSERT INTO daily_listeners (subject_id, day, visitor)
        SELECT DISTINCT subject.id, day, listener FROM spread CROSS JOIN LATERAL (VALUES (pack_id), (creator_id)) subject(id)
        WHERE listener IS NOT NULL
        ON CONFLICT DO NOTHING RETURNING subject_id, day
    )
    UPDATE daily_figures f SET listeners = f.listeners + heard.listeners
    FROM (SELECT subject_id, day, count(*) AS listeners FROM added GROUP BY subject_id, day) heard
    WHERE f.subject_id = heard.subject_id AND f.day = heard.day
"""


def _parts(dimensions: tuple[str, ...], subjects: tuple[str, ...], *, by_week: bool = False) -> str:
    """Return the SQL statement that adds ``spread`` to the daily breakdowns by dimension, if the first dimension is not NULL.

    With ``by_week``, it adds late events to the weekly breakdowns of weeks that are already aggregated.
    """
    span, since = ("week", f"AND day < ({_SUMMED_UNTIL})") if by_week else ("day", "")
    named = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in dimensions)
    sets = ", ".join(f"({subject}, {span}, {name})" for name in dimensions for subject in subjects)
    return f"""
        INSERT INTO {"weekly" if by_week else "daily"}_breakdowns AS f (subject_id, dimension, {span}, value, {_NAMES})
        SELECT coalesce({", ".join(subjects)}), CASE {named} END, {span}, coalesce({", ".join(dimensions)}), {_SUMMED}
        FROM (SELECT *, {WEEK_OF.format("day")} AS week FROM spread) counted WHERE {dimensions[0]} IS NOT NULL {since} GROUP BY GROUPING SETS ({sets})
        ORDER BY 1, 2, 3, 4
        ON CONFLICT (subject_id, dimension, {span}, value) DO UPDATE SET {_added("f")}
    """  # noqa: S608 - constants


_BOTH = ("pack_id", "creator_id")
_DIMENSIONS = (
    (("source",), _BOTH), (("term",), _BOTH), (("campaign",), _BOTH), (("country", "device"), _BOTH), (("price",), ("pack_id",)),
)  # fmt: skip
_BREAKDOWNS = tuple(_parts(dimensions, subjects) for dimensions, subjects in _DIMENSIONS)
HAS_LATE = text(f"SELECT EXISTS (SELECT FROM spread WHERE day < ({_SUMMED_UNTIL}))")  # noqa: S608 - constants
COUNTING_LATE = tuple(text(_parts(dimensions, subjects, by_week=True)) for dimensions, subjects in _DIMENSIONS)
# Covers only weeks whose terms were already trimmed, see SHORTEN_TERMS.
SUM_WEEKS = text(f"""
    INSERT INTO weekly_breakdowns (subject_id, dimension, week, value, {_NAMES})
    SELECT subject_id, dimension, {WEEK_OF.format("day")}, value, {_SUMMED} FROM daily_breakdowns
    WHERE day >= coalesce(({_SUMMED_UNTIL}), '-infinity') AND day < {WEEK_OF.format("current_date - 3")}
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
""")  # noqa: S608 - constants
_STOPS = """
    INSERT INTO stop_counts AS s (subject_id, part, stops)
    SELECT coalesce(file_id, pack_id), stopped_part, sum(events) FROM spread
    WHERE stopped_part IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (subject_id, part) DO UPDATE SET stops = s.stops + excluded.stops
"""
COUNTING = tuple(
    text(statement)
    for statement in (
        _STORE,
        _PACKS,
        "ANALYZE batch_packs",
        _OWN_VISITS,
        "ANALYZE own_visits",
        _SPREAD,
        _HOURS,
        _DAYS,
        _LISTENERS,
        *_BREAKDOWNS,
        _STOPS,
    )
)

SHORTEN_TERMS = text(f"""
    WITH ranked AS (
        SELECT subject_id, dimension, day, value, row_number() OVER (PARTITION BY subject_id, dimension, day ORDER BY opened + played + bought DESC, shown DESC,
            value) AS place
        FROM daily_breakdowns WHERE dimension IN ('term', 'campaign') AND value <> '' AND day BETWEEN current_date - 3 AND current_date - 2
    ), removed AS (
        DELETE FROM daily_breakdowns f USING ranked r
        WHERE r.place > :kept AND f.dimension = r.dimension AND f.subject_id = r.subject_id AND f.day = r.day AND f.value = r.value
        RETURNING f.*
    )
    INSERT INTO daily_breakdowns AS f (subject_id, dimension, day, value, {_NAMES})
    SELECT subject_id, dimension, day, '', {", ".join(f"sum({name})" for name in _SUMS)} FROM removed GROUP BY subject_id, dimension, day
    ON CONFLICT (subject_id, dimension, day, value) DO UPDATE SET {_added("f")}
""")  # noqa: S608 - constants

FORGET_AUDIENCE = text("DELETE FROM audience_groups")
# Each member counts once per trait, for their strongest preference.
COUNT_AUDIENCE = text("""
    INSERT INTO audience_groups (creator_id, trait, value, members)
    SELECT creator_id, trait, value, count(*) FROM (
        SELECT DISTINCT ON (heard.creator_id, w.user_id, w.facet) heard.creator_id,
            w.facet AS trait,
            CASE w.facet WHEN 'tempo' THEN (floor(w.value::numeric / 10) * 10)::integer::text ELSE w.value END AS value
        FROM (SELECT DISTINCT p.creator_id, y.user_id FROM plays y JOIN packs p ON p.id = y.pack_id
            WHERE y.user_id IS NOT NULL AND y.created_at > now() - make_interval(days => :days)) heard
        JOIN taste_weights w ON w.user_id = heard.user_id AND w.facet IN ('genre', 'tempo', 'key') AND w.weight > 0
        ORDER BY heard.creator_id, w.user_id, w.facet, w.weight DESC
    ) liked
    GROUP BY creator_id, trait, value HAVING count(*) >= :least
""")

NEXT_BACKFILL = text(
    "SELECT source, until, position FROM pack_event_backfills WHERE done_at IS NULL ORDER BY source LIMIT 1 FOR UPDATE"
)
MOVE_BACKFILL = text("""
    UPDATE pack_event_backfills SET position = coalesce(:position, position), done_at = CASE WHEN :is_done THEN now() END WHERE source = :source
""")


def _copy(rows: str, columns: str, values: str) -> TextClause:
    """Return the SQL statement that copies the next rows of a table, ordered by id."""
    return text(f"""
        WITH next AS ({rows} ORDER BY s.id LIMIT :most),
        copied AS (INSERT INTO pack_event_inbox (kind, {columns}) SELECT {values} FROM next WHERE pack_id IS NOT NULL)
        SELECT max(id::text)::uuid AS position, count(*) AS rows FROM next
    """)  # noqa: S608 - constants


_MONEY = "happened_at, pack_ids, file_id, gross_tokens, fee_tokens, purchase_id"
_MONEY_VALUES = "ARRAY[pack_id], file_id, price_tokens, platform_fee(price_tokens, seller_share_percent), id"
# A purchase that was inserted later with an earlier time, such as an import, already has an event from the trigger, waiting or counted.
_IS_NEW = " AND ".join(
    f"NOT EXISTS (SELECT FROM {table} e WHERE e.purchase_id = s.id AND e.kind = '{{kind}}')"
    for table in ("pack_events", "pack_event_inbox")
)
BACKFILLS = {
    "plays": _copy(
        """SELECT s.*, s.seconds_heard >= :complete * coalesce(f.duration_seconds, p.preview_seconds) AS is_complete
        FROM plays s JOIN packs p ON p.id = s.pack_id LEFT JOIN audio_files f ON f.id = s.file_id
        WHERE s.id > :position AND NOT s.has_event AND CAST(:until AS timestamptz) IS NOT NULL""",
        "happened_at, pack_ids, file_id, visitor, seconds, is_complete",
        "'played', created_at, ARRAY[pack_id], file_id, visitor_of(user_id, created_at), seconds_heard, is_complete",
    ).bindparams(complete=policy.COMPLETE_SHARE),
    "purchases": _copy(
        f"SELECT s.* FROM purchases s WHERE s.id > :position AND s.created_at < :until AND {_IS_NEW.format(kind='bought')}",  # noqa: S608 - constants
        _MONEY, f"'bought', created_at, {_MONEY_VALUES}"
    ),
    "refunds": _copy(
        f"SELECT s.* FROM purchases s WHERE s.id > :position AND s.refunded_at < :until AND {_IS_NEW.format(kind='refunded')}",  # noqa: S608 - constants
        _MONEY, f"'refunded', refunded_at, {_MONEY_VALUES}"
    ),
    "downloads": _copy(
        "SELECT s.* FROM downloads s WHERE s.id > :position AND s.created_at < :until",
        "happened_at, pack_ids, file_id, country", "'downloaded', created_at, ARRAY[pack_id], file_id, coalesce(country, '')",
    ),
    "likes": _copy(
        "SELECT s.* FROM likes s WHERE s.id > :position AND s.created_at < :until",
        "happened_at, pack_ids, file_id", "'liked', created_at, ARRAY[pack_id], file_id",
    ),
    "collection_items": _copy(
        """SELECT s.id, s.created_at, coalesce(s.pack_id, f.pack_id) AS pack_id, s.file_id
        FROM collection_items s LEFT JOIN audio_files f ON f.id = s.file_id WHERE s.id > :position AND s.created_at < :until""",
        "happened_at, pack_ids, file_id", "'collected', created_at, ARRAY[pack_id], file_id",
    ),
}  # fmt: skip

# Counts only past days, while their visitor hashes are still stored.
COUNT_SEARCHES = text("""
    INSERT INTO search_outcomes (day, searches, followed)
    SELECT day, count(*), count(*) FILTER (WHERE was_followed) FROM (
        SELECT (happened_at AT TIME ZONE 'UTC')::date AS day, bool_or(kind IN ('opened', 'played', 'bought')) AS was_followed FROM pack_events
        WHERE source = 'search' AND visitor IS NOT NULL AND happened_at > now() - make_interval(days => :days + 2)
        GROUP BY visitor, 1 HAVING bool_or(kind = 'shown')
    ) searches WHERE day < (now() AT TIME ZONE 'UTC')::date GROUP BY day
    ON CONFLICT (day) DO UPDATE SET searches = excluded.searches, followed = excluded.followed
""")
# Without the visitor hash, a purchase can no longer be linked with its buyer's searches.
FORGET_VISITORS = text("""
    UPDATE pack_events SET visitor = NULL WHERE visitor IS NOT NULL
        AND happened_at < date_trunc('day', now(), 'UTC') - make_interval(days => :days - 1)
""")
