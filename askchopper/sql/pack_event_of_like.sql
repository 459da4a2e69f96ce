-- Trigger: a like is an event of its pack; taken back it counts as minus one, so that the sum equals the likes.
CREATE OR REPLACE FUNCTION pack_event_of_like() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed likes%ROWTYPE := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, visitor, amount)
    VALUES (clock_timestamp(), 'liked', ARRAY[changed.pack_id], changed.file_id, visitor_of(changed.user_id, clock_timestamp()),
        CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END);
    RETURN NULL;
END $$;
