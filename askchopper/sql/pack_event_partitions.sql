-- Make the partitions of this month and the two after it; events of theirs that were stored meanwhile move there. With a number
-- of months, delete events that are older. As the owner of the table, for the application's role cannot make or drop one.
CREATE OR REPLACE FUNCTION pack_event_partitions(p_months_kept integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month date := date_trunc('month', now() AT TIME ZONE 'UTC');
    oldest date := month - make_interval(months => p_months_kept);
    name text;
    starts_at timestamptz;
    ends_at timestamptz;
    part record;
    dropped integer := 0;
BEGIN
    IF p_months_kept < 1 THEN
        RAISE EXCEPTION 'at least one month is kept' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR step IN 0..2 LOOP
        name := to_char(month + make_interval(months => step), '"pack_events_"YYYY_MM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        starts_at := (month + make_interval(months => step)) AT TIME ZONE 'UTC';
        ends_at := (month + make_interval(months => step + 1)) AT TIME ZONE 'UTC';
        EXECUTE format('CREATE TABLE %I (LIKE pack_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
        EXECUTE format('WITH moved AS (DELETE FROM pack_events_default WHERE happened_at >= %L AND happened_at < %L RETURNING *)'
            ' INSERT INTO %I SELECT * FROM moved', starts_at, ends_at, name);
        EXECUTE format('ALTER TABLE pack_events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, starts_at, ends_at);
    END LOOP;
    IF p_months_kept IS NULL THEN RETURN 0; END IF;
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'pack_events'::regclass AND c.relname ~ '^pack_events_\d{4}_\d{2}$'
            AND to_date(right(c.relname, 7), 'YYYY_MM') < oldest
    LOOP
        EXECUTE format('DROP TABLE %I', part.relname);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM pack_events_default WHERE happened_at < oldest AT TIME ZONE 'UTC';
    RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION pack_event_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pack_event_partitions(integer) TO askchopper_app;
