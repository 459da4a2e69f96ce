-- Trigger: the number of likes of a pack or sound, also when an account is deleted with its likes.
CREATE OR REPLACE FUNCTION like_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed likes%ROWTYPE := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    step integer := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
    IF changed.file_id IS NULL THEN
        UPDATE packs SET like_count = like_count + step WHERE id = changed.pack_id;
    ELSE
        UPDATE audio_files SET like_count = like_count + step WHERE id = changed.file_id;
    END IF;
    RETURN NULL;
END $$;
