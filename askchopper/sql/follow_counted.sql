-- Trigger: the number of followers of a creator, also when an account is deleted with its follows.
CREATE OR REPLACE FUNCTION follow_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE creators SET follower_count = follower_count + CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.creator_id ELSE NEW.creator_id END;
    RETURN NULL;
END $$;
