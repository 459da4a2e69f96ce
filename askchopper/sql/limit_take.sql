-- Count one hit against a quota in a sliding window. Hits on one key are serialised by a lock, so the quota is exact.
-- Returns the id of the counted hit, or no id and the seconds until the next hit is allowed.
CREATE OR REPLACE FUNCTION limit_take(p_key text, p_quota integer, p_seconds integer, OUT hit_id bigint, OUT retry_after integer)
LANGUAGE plpgsql AS $$
DECLARE
    window_length interval := make_interval(secs => p_seconds);
    oldest timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_key, 0));
    SELECT h.hit_at INTO oldest FROM rate_limit_hits h
     WHERE h.key = p_key AND h.hit_at > clock_timestamp() - window_length
     ORDER BY h.hit_at DESC OFFSET p_quota - 1 LIMIT 1;
    IF FOUND THEN
        retry_after := greatest(1, ceil(extract(epoch FROM oldest + window_length - clock_timestamp())));
        RETURN;
    END IF;
    INSERT INTO rate_limit_hits (key, hit_at, expires_at)
        VALUES (p_key, clock_timestamp(), clock_timestamp() + window_length) RETURNING id INTO hit_id;
END $$;
