-- The visitor that an account is on a day, as in services.pack_events. Null for a day whose salt is gone or not yet made.
CREATE OR REPLACE FUNCTION visitor_of(p_user uuid, p_moment timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT ('x' || encode(substring(sha256(salt || uuid_send(p_user)) FOR 8), 'hex'))::bit(64)::bigint
    FROM visitor_salts WHERE day = (p_moment AT TIME ZONE 'UTC')::date
$$;
