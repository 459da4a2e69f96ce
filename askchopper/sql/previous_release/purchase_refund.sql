-- Unchanged text of the release before 20261128_1000, which may still run on this schema during a deployment or after a
-- rollback. Drop it with the next migration.
CREATE OR REPLACE FUNCTION purchase_refund(p_buyer uuid, p_purchase uuid, p_transaction uuid, OUT outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    bought purchases%ROWTYPE;
    pack_title text;
BEGIN
    PERFORM 1 FROM wallets WHERE user_id = p_buyer FOR NO KEY UPDATE;
    SELECT * INTO bought FROM purchases WHERE id = p_purchase AND buyer_id = p_buyer FOR NO KEY UPDATE;
    IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    IF bought.status = 'refunded' THEN outcome := 'replayed'; RETURN; END IF;
    IF bought.created_at < now() - interval '24 hours' THEN outcome := 'too_late'; RETURN; END IF;
    IF EXISTS (SELECT 1 FROM downloads d WHERE d.user_id = p_buyer AND d.pack_id = bought.pack_id
            AND d.created_at >= bought.created_at AND (d.file_id IS NULL OR d.file_id = ANY (bought.file_ids))) THEN
        outcome := 'downloaded'; RETURN;
    END IF;
    -- An upgrade was charged less because of this purchase; giving both moneys back would make the upgrade too cheap.
    IF bought.licence_kind = 'standard' AND EXISTS (SELECT 1 FROM purchases upgrade
            WHERE upgrade.buyer_id = p_buyer AND upgrade.pack_id = bought.pack_id AND upgrade.status = 'completed'
              AND upgrade.licence_kind = 'broadcast' AND upgrade.file_ids && bought.file_ids) THEN
        outcome := 'upgraded'; RETURN;
    END IF;
    SELECT title INTO pack_title FROM packs WHERE id = bought.pack_id;
    IF bought.transaction_id IS NOT NULL THEN
        PERFORM ledger_post(p_transaction, p_buyer, 'refund', 'refund:' || p_purchase, pack_title, bought.transaction_id,
                clock_timestamp(), array_agg(a.user_id), array_agg(a.kind::text), array_agg(-e.amount_tokens))
            FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            WHERE e.transaction_id = bought.transaction_id;
    END IF;
    UPDATE purchases SET status = 'refunded', refunded_at = now() WHERE id = p_purchase;
    UPDATE licences SET revoked_at = now() WHERE purchase_id = p_purchase;
    INSERT INTO activity (user_id, kind, facts) VALUES (p_buyer, 'purchase.refunded',
        jsonb_build_object('purchase', p_purchase, 'pack', bought.pack_id));
    outcome := 'refunded';
END $$;
