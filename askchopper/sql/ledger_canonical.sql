-- The text that a transaction's hash covers; services.ledger.canonical writes the same. Free text is prefixed with its
-- length, so that no two transactions share one text.
CREATE OR REPLACE FUNCTION ledger_canonical(
    p_id uuid, p_wallet uuid, p_sequence integer, p_reason text, p_key text, p_memo text, p_reverses uuid,
    p_at timestamptz, p_accounts bigint[], p_amounts integer[]
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws('|', p_id, p_wallet, p_sequence, p_reason,
        length(p_key) || ':' || p_key, length(p_memo) || ':' || p_memo, coalesce(p_reverses::text, ''),
        (extract(epoch FROM p_at) * 1000000)::bigint,
        (SELECT string_agg(account || ':' || amount, ',' ORDER BY account)
         FROM unnest(p_accounts, p_amounts) AS line(account, amount)))
$$;
