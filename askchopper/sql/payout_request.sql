-- Request a payout of earnings: requested, waiting (one request is open), too_small or unavailable. The tokens are due from then
-- on, so that they cannot be requested twice. The creator's wallet is locked first, as by every function that posts.
CREATE OR REPLACE FUNCTION payout_request(
    p_id uuid, p_transaction uuid, p_user uuid, p_tokens integer, p_cents integer, p_currency text, p_destination text,
    p_minimum integer, p_refund_hours integer
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM wallets WHERE user_id = p_user FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM payouts WHERE user_id = p_user AND status = 'requested') THEN RETURN 'waiting'; END IF;
    IF p_tokens < greatest(p_minimum, 1) THEN RETURN 'too_small'; END IF;
    IF p_tokens > payout_available(p_user, p_refund_hours) THEN RETURN 'unavailable'; END IF;
    PERFORM ledger_post(p_transaction, p_user, 'payout_request', 'payout_request:' || p_id, 'Payout requested', NULL,
        clock_timestamp(), ARRAY[p_user, NULL], ARRAY['earnings', 'payouts_due'], ARRAY[-p_tokens, p_tokens]);
    INSERT INTO payouts (id, user_id, tokens, cents, currency, destination, status, reason)
        VALUES (p_id, p_user, p_tokens, p_cents, p_currency, p_destination, 'requested', '');
    RETURN 'requested';
END $$;
