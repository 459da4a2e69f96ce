-- Pay a wallet's debt from its spendable tokens, as far as they go. Called after everything that adds such tokens.
CREATE OR REPLACE FUNCTION ledger_settle_debt(p_wallet uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    payment uuid := gen_random_uuid();
    paid integer;
BEGIN
    SELECT least(spendable_tokens, debt_tokens) INTO STRICT paid FROM wallets WHERE user_id = p_wallet FOR NO KEY UPDATE;
    IF paid = 0 THEN RETURN; END IF;
    PERFORM ledger_post(payment, p_wallet, 'debt_payment', 'debt_payment:' || payment, 'Tokens that were owed', NULL,
        clock_timestamp(), ARRAY[p_wallet, p_wallet], ARRAY['spendable', 'debt'], ARRAY[-paid, paid]);
END $$;

-- Only the other ledger and purchase functions call it.
REVOKE ALL ON FUNCTION ledger_settle_debt(uuid) FROM PUBLIC;
