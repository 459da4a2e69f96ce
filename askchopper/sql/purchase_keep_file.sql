-- Trigger: a sold file stays. Purchases hold their pack's row while they read its files, so that this waits for them.
CREATE OR REPLACE FUNCTION purchase_keep_file() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM packs WHERE id = OLD.pack_id FOR UPDATE;
    IF is_sold_file(OLD.pack_id, OLD.id) THEN
        RAISE EXCEPTION 'sound % was sold and stays', OLD.id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
