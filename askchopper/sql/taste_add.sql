-- Add a member's new signals, or all of them, to the sums of their taste profile; returns how many there were.
-- A function, so that its plan is kept: planning takes ten times as long as adding an event.
CREATE OR REPLACE FUNCTION taste_add(
    p_user uuid, p_after bigint, p_is_full boolean, p_half_life float8, p_reference timestamptz, p_weights jsonb,
    p_sounds integer, p_bright real[], p_bright_mean float8, p_bright_version integer, p_days integer
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    counted_signals bigint;
BEGIN
    WITH taken AS (
        UPDATE taste_signals SET is_applied = true
        WHERE user_id = p_user AND id > p_after AND (p_is_full OR NOT is_applied) RETURNING *
    ), weighed AS (
        SELECT id, kind, pack_id, file_id, traits, least(created_at, now()) AS happened_at,
            amount * CAST(p_weights ->> kind AS float8) * power(2.0::float8,
                extract(epoch FROM least(created_at, now()) - p_reference)::float8 / 86400 / p_half_life
            ) AS weight
        FROM taken
    ), heard AS MATERIALIZED (
        SELECT w.id, f.bpm, f.key, f.kind, f.loudness_lufs, f.sha256, w.weight / count(*) OVER (PARTITION BY w.id) AS weight
        FROM weighed w CROSS JOIN LATERAL (
            SELECT * FROM audio_files f WHERE f.id = w.file_id
            UNION ALL
            SELECT f.* FROM audio_files f JOIN packs p ON p.id = f.pack_id
            WHERE w.file_id IS NULL AND f.pack_id = w.pack_id AND f.retired_at IS NULL
                AND f.position % greatest(1, p.file_count / p_sounds) = 0
        ) f
    ), bright AS (
        SELECT h.id, h.weight, p_bright_mean + (
            SELECT sum(e * c) FROM unnest(a.embedding, p_bright) AS pair(e, c)
        ) AS octaves
        FROM heard h JOIN analyses a ON a.sha256 = h.sha256 AND a.embedding_version = p_bright_version
    ), said AS (
        SELECT w.id, 'genre' AS facet, p.genre_slug AS value, w.weight FROM weighed w JOIN packs p ON p.id = w.pack_id
        UNION ALL SELECT w.id, 'creator', p.creator_id::text, w.weight FROM weighed w JOIN packs p ON p.id = w.pack_id
        UNION ALL SELECT id, 'tempo', round(bpm)::text, weight FROM heard WHERE bpm IS NOT NULL
        UNION ALL SELECT id, 'key', key, weight FROM heard WHERE key IS NOT NULL
        UNION ALL SELECT id, 'kind', kind, weight FROM heard
        UNION ALL SELECT id, 'loudness', round(loudness_lufs)::text, weight FROM heard WHERE loudness_lufs IS NOT NULL
        UNION ALL SELECT id, 'brightness', (round(octaves * 4) / 4)::text, weight FROM bright WHERE octaves IS NOT NULL
    ), stated AS (
        SELECT t.facet, t.value, coalesce(t.kind, w.kind) AS kind, w.weight * t.weight AS weight, coalesce(t.times, 1) AS times,
            w.happened_at
        FROM weighed w CROSS JOIN LATERAL jsonb_to_recordset(w.traits)
            AS t(facet text, value text, kind text, weight float8, times integer)
        WHERE w.traits IS NOT NULL
    ), sums AS (
        SELECT facet, value, kind, sum(weight) AS weight, sum(times) AS times, max(happened_at) AS last_at FROM (
            SELECT s.facet, s.value, w.kind, sum(s.weight) AS weight, 1 AS times, max(w.happened_at) AS happened_at
            FROM said s JOIN weighed w ON w.id = s.id GROUP BY s.id, s.facet, s.value, w.kind
            UNION ALL
            SELECT facet, value, kind, weight, times, happened_at FROM stated
        ) one GROUP BY facet, value, kind
    ), added AS (
        INSERT INTO taste_weights (user_id, facet, value, kind, weight, times, last_at)
        SELECT p_user, facet, value, kind, weight, times, last_at FROM sums
        ON CONFLICT (user_id, facet, value, kind) DO UPDATE SET weight = taste_weights.weight + excluded.weight,
            times = taste_weights.times + excluded.times, last_at = greatest(taste_weights.last_at, excluded.last_at)
    ), played AS (
        UPDATE recommendation_impressions i SET played_at = t.created_at FROM taken t
        WHERE i.user_id = p_user AND i.pack_id = t.pack_id AND t.kind IN ('play', 'replay') AND i.played_at IS NULL
            AND t.created_at BETWEEN i.shown_at AND i.shown_at + make_interval(days => p_days)
    )
    , counted AS (
        UPDATE taste_profiles SET half_life_days = p_half_life, needs_recount = false, counted_at = now()
        WHERE user_id = p_user AND (p_is_full OR EXISTS (SELECT FROM taken))
    )
    SELECT count(*) INTO counted_signals FROM taken;
    RETURN counted_signals;
END $$;
