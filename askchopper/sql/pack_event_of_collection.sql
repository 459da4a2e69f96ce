-- Trigger: a pack or sound that is added to a collection is an event of its pack; removed it counts as minus one. One from before
-- that was not copied yet is no event, and neither is its end.
CREATE OR REPLACE FUNCTION pack_event_of_collection() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed collection_items%ROWTYPE := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM pack_event_backfills b
            WHERE b.source = 'collection_items' AND b.done_at IS NULL AND changed.created_at < b.until AND changed.id > b.position) THEN
        RETURN NULL;
    END IF;
    INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, visitor, amount)
    SELECT clock_timestamp(), 'collected', ARRAY[named.pack_id], changed.file_id,
        visitor_of(changed.added_by, clock_timestamp()), CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END
    FROM (SELECT coalesce(changed.pack_id, (SELECT f.pack_id FROM audio_files f WHERE f.id = changed.file_id)) AS pack_id) named
    WHERE named.pack_id IS NOT NULL;
    RETURN NULL;
END $$;
