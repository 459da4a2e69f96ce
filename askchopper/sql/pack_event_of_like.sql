-- Trigger: a like is an event of its pack; taken back it counts as minus one, so that the sum equals the likes. One from before
-- that was not copied yet is no event, and neither is its end.
CREATE OR REPLACE FUNCTION pack_event_of_like() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed likes%ROWTYPE := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM pack_event_backfills b
            WHERE b.source = 'likes' AND b.done_at IS NULL AND changed.created_at < b.until AND changed.id > b.position) THEN
        RETURN NULL;
    END IF;
    INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, visitor, amount)
    VALUES (clock_timestamp(), 'liked', ARRAY[changed.pack_id], changed.file_id, visitor_of(changed.user_id, clock_timestamp()),
        CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END);
    RETURN NULL;
END $$;
