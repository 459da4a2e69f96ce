-- Trigger: a download is an event of its pack.
CREATE OR REPLACE FUNCTION pack_event_of_download() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, visitor, country)
    VALUES (NEW.created_at, 'downloaded', ARRAY[NEW.pack_id], NEW.file_id, visitor_of(NEW.user_id, NEW.created_at),
        coalesce(NEW.country, ''));
    RETURN NULL;
END $$;
