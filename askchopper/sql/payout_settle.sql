-- Mark a payout as paid, or refuse it, which gives the tokens back to the earnings: settled, replayed (the same decision as
-- before), decided (another one) or not_found. Of where it was paid to only the end is kept.
CREATE OR REPLACE FUNCTION payout_settle(p_id uuid, p_transaction uuid, p_is_paid boolean, p_reason text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted payouts%ROWTYPE;
    decision text := CASE WHEN p_is_paid THEN 'paid' ELSE 'refused' END;
BEGIN
    SELECT * INTO wanted FROM payouts WHERE id = p_id;
    IF NOT FOUND THEN RETURN 'not_found'; END IF;
    PERFORM 1 FROM wallets WHERE user_id = wanted.user_id FOR NO KEY UPDATE;
    SELECT * INTO wanted FROM payouts WHERE id = p_id FOR NO KEY UPDATE;
    IF wanted.status <> 'requested' THEN RETURN CASE WHEN wanted.status = decision THEN 'replayed' ELSE 'decided' END; END IF;
    PERFORM ledger_post(p_transaction, wanted.user_id,
        CASE WHEN p_is_paid THEN 'payout' ELSE 'payout_refusal' END, 'payout:' || p_id,
        CASE WHEN p_is_paid THEN 'Payout' ELSE 'Payout refused' END, NULL, clock_timestamp(),
        ARRAY[NULL, CASE WHEN NOT p_is_paid THEN wanted.user_id END],
        ARRAY['payouts_due', CASE WHEN p_is_paid THEN 'payouts' ELSE 'earnings' END], ARRAY[-wanted.tokens, wanted.tokens]);
    UPDATE payouts SET status = decision, reason = p_reason, settled_at = now(), destination = '…' || right(destination, 4)
        WHERE id = p_id;
    RETURN 'settled';
END $$;
