-- Refund a purchase: not_found, replayed (refunded before), refunded, or a code of refund_refusal. Entries are reversed
-- exactly, once. The wallet is locked first, as by every function that posts.
CREATE OR REPLACE FUNCTION purchase_refund(
    p_buyer uuid, p_purchase uuid, p_transaction uuid, p_refund_hours integer, OUT outcome text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    bought purchases%ROWTYPE;
    pack_title text;
BEGIN
    PERFORM 1 FROM wallets WHERE user_id = p_buyer FOR NO KEY UPDATE;
    SELECT * INTO bought FROM purchases WHERE id = p_purchase AND buyer_id = p_buyer FOR NO KEY UPDATE;
    IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    IF bought.status = 'refunded' THEN outcome := 'replayed'; RETURN; END IF;
    outcome := refund_refusal(bought, p_refund_hours);
    IF outcome IS NOT NULL THEN RETURN; END IF;
    SELECT title INTO pack_title FROM packs WHERE id = bought.pack_id;
    IF bought.transaction_id IS NOT NULL THEN
        PERFORM ledger_post(p_transaction, p_buyer, 'refund', 'refund:' || p_purchase, pack_title, bought.transaction_id,
                clock_timestamp(), array_agg(a.user_id), array_agg(a.kind::text), array_agg(-e.amount_tokens))
            FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            WHERE e.transaction_id = bought.transaction_id;
        PERFORM ledger_settle_debt(p_buyer);
    END IF;
    UPDATE purchases SET status = 'refunded', refunded_at = now() WHERE id = p_purchase;
    UPDATE licences SET revoked_at = now() WHERE purchase_id = p_purchase;
    INSERT INTO activity (user_id, kind, facts) VALUES (p_buyer, 'purchase.refunded',
        jsonb_build_object('purchase', p_purchase, 'pack', bought.pack_id));
    outcome := 'refunded';
END $$;
