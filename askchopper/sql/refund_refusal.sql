-- Why a purchase cannot be refunded: too_late, downloaded or upgraded; null if it can.
CREATE OR REPLACE FUNCTION refund_refusal(p_purchase public.purchases, p_refund_hours integer) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN (p_purchase.created_at >= now() - make_interval(hours => p_refund_hours)) IS NOT TRUE THEN 'too_late'
        WHEN EXISTS (
            SELECT FROM public.downloads d
            WHERE d.user_id = p_purchase.buyer_id AND d.pack_id = p_purchase.pack_id
                AND d.created_at >= p_purchase.created_at
                AND (d.file_id IS NULL OR d.file_id = ANY (p_purchase.file_ids))
        ) THEN 'downloaded'
        -- The upgrade was charged less because of this purchase; refunding both would make it too cheap.
        WHEN p_purchase.licence_kind = 'standard' AND EXISTS (
            SELECT FROM public.active_purchases(p_purchase.buyer_id) upgrade
            WHERE upgrade.pack_id = p_purchase.pack_id AND upgrade.licence_kind = 'broadcast'
                AND upgrade.file_ids && p_purchase.file_ids
        ) THEN 'upgraded'
    END
$$;
