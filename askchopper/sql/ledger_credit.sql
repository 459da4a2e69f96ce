-- Credit a wallet with bought or bonus tokens: posted, replayed (same key and amount as before) or key_reused (same key,
-- another amount). Keys are scoped to their reason.
CREATE OR REPLACE FUNCTION ledger_credit(
    p_id uuid, p_wallet uuid, p_reason text, p_key text, p_memo text, p_amount integer, p_is_bonus boolean
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    source text := CASE WHEN p_is_bonus THEN 'bonus_issuance' ELSE 'issuance' END;
    target text := CASE WHEN p_is_bonus THEN 'bonus' ELSE 'spendable' END;
    earlier_amount integer;
BEGIN
    IF p_amount <= 0 OR p_reason NOT IN ('top_up', 'grant') THEN
        RAISE EXCEPTION 'a credit needs a positive amount and a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM 1 FROM wallets WHERE user_id = p_wallet FOR NO KEY UPDATE;
    SELECT coalesce(e.amount_tokens, 0) INTO earlier_amount
      FROM ledger_transactions t
      JOIN ledger_accounts a ON a.user_id = p_wallet AND a.kind = target
      LEFT JOIN ledger_entries e ON e.transaction_id = t.id AND e.account_id = a.id
     WHERE t.wallet_user_id = p_wallet AND t.idempotency_key = p_reason || ':' || p_key;
    IF FOUND THEN
        RETURN CASE WHEN earlier_amount = p_amount THEN 'replayed' ELSE 'key_reused' END;
    END IF;
    PERFORM ledger_post(p_id, p_wallet, p_reason, p_reason || ':' || p_key, p_memo, NULL,
        coalesce(ledger_told_time(), clock_timestamp()),
        ARRAY[NULL, p_wallet], ARRAY[source, target], ARRAY[-p_amount, p_amount]);
    PERFORM ledger_settle_debt(p_wallet);
    RETURN 'posted';
END $$;
