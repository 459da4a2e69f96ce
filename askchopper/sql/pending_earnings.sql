-- A creator's share of the sales that may still be refunded, without what was paid with bonus tokens. Time and price are conditions
-- for the index of sales by pack and time: those before it are not read.
CREATE OR REPLACE FUNCTION pending_earnings(p_user uuid, p_refund_hours integer) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(b.price_tokens - public.platform_fee(b.price_tokens, b.seller_share_percent)
        - (b.bonus_tokens - public.platform_fee(b.bonus_tokens, b.seller_share_percent))), 0)::integer
    FROM public.creators c
    JOIN public.packs p ON p.creator_id = c.id
    JOIN public.purchases b ON b.pack_id = p.id AND b.price_tokens > 0
        AND b.created_at >= now() - make_interval(hours => p_refund_hours)
    WHERE c.user_id = p_user AND public.is_refundable(b, p_refund_hours)
$$;
