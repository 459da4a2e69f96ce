-- The salt of a UTC day; made at its first use.
CREATE OR REPLACE FUNCTION visitor_salt(p_day date) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    stored bytea;
BEGIN
    SELECT salt INTO stored FROM visitor_salts WHERE day = p_day;
    IF FOUND THEN RETURN stored; END IF;
    INSERT INTO visitor_salts (day, salt) VALUES (p_day, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
        ON CONFLICT (day) DO UPDATE SET salt = visitor_salts.salt RETURNING salt INTO stored;
    RETURN stored;
END $$;
