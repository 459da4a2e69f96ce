-- Trigger: count the stars of a pack whenever its ratings are counted, also by a release that does not know ``rating_counts``.
-- The row of the pack is locked by then, so that two ratings at once count in turn.
CREATE OR REPLACE FUNCTION rating_counts_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rating_counts := ARRAY(
        SELECT count(r.stars)::integer FROM generate_series(1, 5) AS one
            LEFT JOIN ratings r ON r.pack_id = NEW.id AND r.stars = one AND r.hidden_at IS NULL
        GROUP BY one ORDER BY one
    );
    RETURN NEW;
END $$;
