-- Text of the ledger's functions that 20261129_0310 replaced; its downgrade, and the one that first installed them, restore them.

-- Post one balanced transaction to a wallet and update the cached balances. A line is an account's owner and kind, and an
-- amount; lines of zero tokens are skipped. Only the wallet's own spendable and bonus accounts may be touched, since only
-- its row is locked.
CREATE OR REPLACE FUNCTION ledger_post(
    p_id uuid, p_wallet uuid, p_reason text, p_key text, p_memo text, p_reverses uuid, p_at timestamptz,
    p_owners uuid[], p_kinds text[], p_amounts integer[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head record;
    new_hash bytea;
    accounts bigint[];
    amounts integer[];
    spendable_change integer;
    bonus_change integer;
    is_foreign boolean;
BEGIN
    SELECT sequence, last_hash INTO STRICT head FROM wallets WHERE user_id = p_wallet FOR NO KEY UPDATE;
    -- The account in two branches, each of which can use the index: IS NOT DISTINCT FROM could not.
    SELECT array_agg(account.id ORDER BY account.id), array_agg(amount ORDER BY account.id),
           coalesce(sum(amount) FILTER (WHERE kind = 'spendable'), 0),
           coalesce(sum(amount) FILTER (WHERE kind = 'bonus'), 0),
           bool_or(kind IN ('spendable', 'bonus') AND owner IS DISTINCT FROM p_wallet)
      INTO accounts, amounts, spendable_change, bonus_change, is_foreign
      FROM unnest(p_owners, p_kinds, p_amounts) AS line(owner, kind, amount)
      LEFT JOIN LATERAL (
        SELECT a.id FROM ledger_accounts a WHERE a.user_id = line.owner AND a.kind = line.kind
        UNION ALL
        SELECT a.id FROM ledger_accounts a WHERE line.owner IS NULL AND a.user_id IS NULL AND a.kind = line.kind
      ) account ON true
     WHERE amount <> 0;
    IF is_foreign THEN
        RAISE EXCEPTION 'a transaction may not touch another wallet' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    new_hash := sha256(head.last_hash || convert_to(ledger_canonical(
        p_id, p_wallet, head.sequence + 1, p_reason, p_key, p_memo, p_reverses, p_at, accounts, amounts), 'UTF8'));
    INSERT INTO ledger_transactions
        (id, wallet_user_id, sequence, reason, idempotency_key, memo, reverses_id, previous_hash, hash, created_at)
        VALUES (p_id, p_wallet, head.sequence + 1, p_reason, p_key, p_memo, p_reverses, head.last_hash, new_hash, p_at);
    INSERT INTO ledger_entries (transaction_id, account_id, amount_tokens)
        SELECT p_id, account, amount FROM unnest(accounts, amounts) AS line(account, amount);
    UPDATE wallets SET spendable_tokens = spendable_tokens + spendable_change,
        bonus_tokens = bonus_tokens + bonus_change, sequence = head.sequence + 1, last_hash = new_hash
        WHERE user_id = p_wallet;
END $$;

-- Only the other ledger and purchase functions, which run as the owner, may post.
REVOKE ALL ON FUNCTION ledger_post(uuid, uuid, text, text, text, uuid, timestamptz, uuid[], text[], integer[]) FROM PUBLIC;

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
    RETURN 'posted';
END $$;

