-- Text of the functions that 20261128_1000 replaced; its downgrade restores them.

CREATE OR REPLACE FUNCTION purchase_quote(
    p_buyer uuid, p_pack uuid, p_file uuid, p_kind text,
    OUT price integer, OUT file_ids uuid[], OUT file_titles text[], OUT file_sha256s text[]
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    held_standard uuid[];
    held_broadcast uuid[];
    held uuid[];
BEGIN
    SELECT coalesce(array_agg(file), '{}'), coalesce(array_agg(file) FILTER (WHERE p.licence_kind = 'broadcast'), '{}')
      INTO held, held_broadcast
      FROM purchases p, unnest(p.file_ids) AS file
     WHERE p.pack_id = p_pack AND p.buyer_id = p_buyer AND p.status = 'completed';
    IF p_kind = 'broadcast' THEN
        held_standard := ARRAY(SELECT unnest(held) EXCEPT SELECT unnest(held_broadcast));
        held := held_broadcast;
    ELSE
        held_standard := held;
        held_broadcast := '{}';
    END IF;
    SELECT array_agg(f.id ORDER BY f.position) FILTER (WHERE f.id <> ALL (held)),
           array_agg(f.title ORDER BY f.position) FILTER (WHERE f.id <> ALL (held)),
           array_agg(f.sha256 ORDER BY f.position) FILTER (WHERE f.id <> ALL (held)),
           CASE WHEN p_file IS NOT NULL THEN max(f.price_tokens) ELSE greatest(0, max(o.price)
               - coalesce(max(o.standard) * sum(f.price_tokens + 1) FILTER (WHERE f.id = ANY (held_standard))
                   / sum(f.price_tokens + 1), 0)
               - coalesce(max(o.broadcast) * sum(f.price_tokens + 1) FILTER (WHERE f.id = ANY (held_broadcast))
                   / sum(f.price_tokens + 1), 0)) END
      INTO file_ids, file_titles, file_sha256s, price
      FROM audio_files f, (
        SELECT max(price_tokens) FILTER (WHERE kind = p_kind) AS price,
               max(price_tokens) FILTER (WHERE kind = 'standard') AS standard,
               max(price_tokens) FILTER (WHERE kind = 'broadcast') AS broadcast
        FROM licence_offers WHERE pack_id = p_pack) o
     WHERE f.pack_id = p_pack AND f.retired_at IS NULL AND (p_file IS NULL OR f.id = p_file);
END $$;

CREATE OR REPLACE FUNCTION purchase_keep_file() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM packs WHERE id = OLD.pack_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM purchases p WHERE p.pack_id = OLD.pack_id AND OLD.id = ANY (p.file_ids)) THEN
        RAISE EXCEPTION 'sound % was sold and stays', OLD.id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION download_start(
    p_user uuid, p_pack uuid, p_file uuid, p_country text, p_download uuid, OUT outcome text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM purchases p WHERE p.buyer_id = p_user AND p.pack_id = p_pack AND p.status = 'completed'
        AND (p_file IS NULL OR p_file = ANY (p.file_ids))
        ORDER BY p.id FOR SHARE OF p;
    IF NOT FOUND THEN outcome := 'not_owned'; RETURN; END IF;
    -- A right bought since the earlier download needs a row of its own, or its refund would not see that it was used.
    IF EXISTS (SELECT 1 FROM downloads d WHERE d.user_id = p_user AND d.pack_id = p_pack
            AND d.file_id IS NOT DISTINCT FROM p_file AND d.created_at > clock_timestamp() - interval '5 minutes'
            AND d.created_at >= (SELECT max(p.created_at) FROM purchases p
                                 WHERE p.buyer_id = p_user AND p.pack_id = p_pack AND p.status = 'completed')) THEN
        outcome := 'repeated'; RETURN;
    END IF;
    INSERT INTO downloads (id, user_id, pack_id, file_id, kind, country, created_at)
        VALUES (p_download, p_user, p_pack, p_file, CASE WHEN p_file IS NULL THEN 'pack_zip' ELSE 'file' END,
            p_country, clock_timestamp());
    outcome := 'recorded';
END $$;
