-- What a creator may be paid: their earnings, without bonus tokens, less the sales that may still be refunded.
CREATE OR REPLACE FUNCTION payout_available(p_user uuid, p_refund_hours integer) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT (coalesce((
        SELECT sum(e.amount_tokens) FROM public.ledger_entries e JOIN public.ledger_accounts a ON a.id = e.account_id
        WHERE a.user_id = p_user AND a.kind = 'earnings'
    ), 0) - public.pending_earnings(p_user, p_refund_hours))::integer
$$;
