-- Take bought tokens back, as their payment was refunded or disputed: posted or replayed (same key as before). What the wallet
-- does not have any more becomes a debt, so that no balance falls below zero.
CREATE OR REPLACE FUNCTION ledger_reverse(
    p_id uuid, p_wallet uuid, p_key text, p_memo text, p_amount integer
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    available integer;
    taken integer;
BEGIN
    IF p_amount <= 0 THEN
        RAISE EXCEPTION 'a reversal needs a positive amount' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT spendable_tokens INTO STRICT available FROM wallets WHERE user_id = p_wallet FOR NO KEY UPDATE;
    PERFORM 1 FROM ledger_transactions
      WHERE wallet_user_id = p_wallet AND idempotency_key = 'top_up_reversal:' || p_key;
    IF FOUND THEN RETURN 'replayed'; END IF;
    -- Few wallets ever have a debt, so the account is opened with the first one.
    INSERT INTO ledger_accounts (user_id, kind) VALUES (p_wallet, 'debt') ON CONFLICT DO NOTHING;
    taken := least(available, p_amount);
    PERFORM ledger_post(p_id, p_wallet, 'top_up_reversal', 'top_up_reversal:' || p_key, p_memo, NULL, clock_timestamp(),
        ARRAY[NULL, p_wallet, p_wallet], ARRAY['issuance', 'spendable', 'debt'], ARRAY[p_amount, -taken, taken - p_amount]);
    RETURN 'posted';
END $$;
