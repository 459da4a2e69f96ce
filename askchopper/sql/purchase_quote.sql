-- The price of a pack, or of one sound of it, for a buyer now, and the sounds it would give, in order. Owned sounds are not
-- charged again: in a pack, each takes its share of that licence's pack price off, in proportion to the single prices.
-- file_ids is null if there is nothing to give.
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
      FROM active_purchases(p_buyer) p, unnest(p.file_ids) AS file WHERE p.pack_id = p_pack;
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
