-- A creator's share of the sales that may still be refunded, without what was paid with bonus tokens.
CREATE OR REPLACE FUNCTION pending_earnings(p_user uuid, p_refund_hours integer) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(b.price_tokens - public.platform_fee(b.price_tokens, b.seller_share_percent)
        - (b.bonus_tokens - public.platform_fee(b.bonus_tokens, b.seller_share_percent))), 0)::integer
    FROM public.purchases b
    JOIN public.packs p ON p.id = b.pack_id
    JOIN public.creators c ON c.id = p.creator_id
    WHERE c.user_id = p_user AND b.status = 'completed' AND public.is_refundable(b, p_refund_hours)
$$;
