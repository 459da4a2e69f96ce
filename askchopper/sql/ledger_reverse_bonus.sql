-- Take bonus tokens of a reward back that its member did not earn after all: posted, replayed (same key as before) or nothing. Takes
-- what the wallet still has.
CREATE OR REPLACE FUNCTION ledger_reverse_bonus(
    p_id uuid, p_wallet uuid, p_key text, p_memo text, p_amount integer, OUT outcome text, OUT taken integer
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF p_amount <= 0 THEN
        RAISE EXCEPTION 'a reversal needs a positive amount' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT least(bonus_tokens, p_amount) INTO STRICT taken FROM wallets WHERE user_id = p_wallet FOR NO KEY UPDATE;
    PERFORM 1 FROM ledger_transactions
      WHERE wallet_user_id = p_wallet AND idempotency_key = 'bonus_reversal:' || p_key;
    IF FOUND THEN outcome := 'replayed'; taken := 0; RETURN; END IF;
    IF taken = 0 THEN outcome := 'nothing'; RETURN; END IF;
    PERFORM ledger_post(p_id, p_wallet, 'bonus_reversal', 'bonus_reversal:' || p_key, p_memo, NULL,
        coalesce(ledger_told_time(), clock_timestamp()),
        ARRAY[NULL, p_wallet], ARRAY['bonus_issuance', 'bonus'], ARRAY[taken, -taken]);
    outcome := 'posted';
END $$;
