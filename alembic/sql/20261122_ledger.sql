-- The ledger's only writers. The app's role may execute these functions and read the tables, nothing else.
-- pg_temp comes last in every search path: left out, it comes first, and a caller's temporary table could pose as the ledger.

-- Sum of every transaction is zero; checked when the database transaction commits.
CREATE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    total bigint;
BEGIN
    SELECT sum(amount_tokens) INTO total FROM ledger_entries WHERE transaction_id = NEW.transaction_id;
    IF total <> 0 THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balanced();

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER licence_texts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON licence_texts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

INSERT INTO ledger_accounts (user_id, kind) VALUES (NULL, 'issuance'), (NULL, 'bonus_issuance'), (NULL, 'fees');

-- Every user gets a wallet and the four accounts at birth.
CREATE FUNCTION ledger_open_accounts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO wallets (user_id) VALUES (NEW.id);
    INSERT INTO ledger_accounts (user_id, kind)
        SELECT NEW.id, kind FROM unnest(ARRAY['spendable', 'bonus', 'earnings', 'bonus_earnings']) AS kind;
    RETURN NULL;
END $$;

CREATE TRIGGER users_open_accounts AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION ledger_open_accounts();

-- Two branches, each of which can use the index: IS NOT DISTINCT FROM could not.
CREATE FUNCTION ledger_account(p_user uuid, p_kind text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT id FROM ledger_accounts WHERE user_id = p_user AND kind = p_kind
    UNION ALL
    SELECT id FROM ledger_accounts WHERE p_user IS NULL AND user_id IS NULL AND kind = p_kind
$$;

-- The text that a transaction's hash covers; `python -m askchopper ledger verify` computes the same.
-- Free text carries its length, so that no two transactions share one text.
CREATE FUNCTION ledger_canonical(
    p_id uuid, p_wallet uuid, p_sequence integer, p_reason text, p_key text, p_memo text, p_reverses uuid,
    p_at timestamptz, p_accounts bigint[], p_amounts integer[]
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws('|', p_id, p_wallet, p_sequence, p_reason,
        length(p_key) || ':' || p_key, length(p_memo) || ':' || p_memo, coalesce(p_reverses::text, ''),
        (extract(epoch FROM p_at) * 1000000)::bigint,
        (SELECT string_agg(account || ':' || amount, ',' ORDER BY account)
         FROM unnest(p_accounts, p_amounts) AS line(account, amount)))
$$;

-- The time that the owner of the tables has told for this transaction, else null. Demo content gets its history so;
-- the app's role may set the word, but it is not heard.
CREATE FUNCTION ledger_told_time() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN coalesce(current_setting('askchopper.told_time', true), '') = '' THEN NULL
        WHEN session_user = (SELECT relowner::regrole::name FROM pg_class WHERE oid = 'public.wallets'::regclass)
        THEN current_setting('askchopper.told_time', true)::timestamptz END
$$;

-- Post one balanced transaction to a member's wallet and keep the cached balances true.
-- Only the wallet's own spendable and bonus accounts may be touched, since only its row is locked.
CREATE FUNCTION ledger_post(
    p_id uuid, p_wallet uuid, p_reason text, p_key text, p_memo text, p_reverses uuid,
    p_accounts bigint[], p_amounts integer[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head wallets%ROWTYPE;
    new_hash bytea;
    posted_at timestamptz;
    spendable_change integer;
    bonus_change integer;
    foreign_count integer;
BEGIN
    SELECT * INTO STRICT head FROM wallets WHERE user_id = p_wallet FOR UPDATE;
    posted_at := coalesce(ledger_told_time(), clock_timestamp());
    SELECT coalesce(sum(amount) FILTER (WHERE a.kind = 'spendable' AND a.user_id = p_wallet), 0),
           coalesce(sum(amount) FILTER (WHERE a.kind = 'bonus' AND a.user_id = p_wallet), 0),
           count(*) FILTER (WHERE a.kind IN ('spendable', 'bonus') AND a.user_id <> p_wallet)
      INTO spendable_change, bonus_change, foreign_count
      FROM unnest(p_accounts, p_amounts) AS line(account, amount)
      JOIN ledger_accounts a ON a.id = line.account;
    IF foreign_count > 0 THEN
        RAISE EXCEPTION 'a transaction may not touch another wallet' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    new_hash := sha256(head.last_hash || convert_to(ledger_canonical(
        p_id, p_wallet, head.sequence + 1, p_reason, p_key, p_memo, p_reverses, posted_at,
        p_accounts, p_amounts), 'UTF8'));
    INSERT INTO ledger_transactions
        (id, wallet_user_id, sequence, reason, idempotency_key, memo, reverses_id, previous_hash, hash, created_at)
        VALUES (p_id, p_wallet, head.sequence + 1, p_reason, p_key, p_memo, p_reverses, head.last_hash, new_hash,
            posted_at);
    INSERT INTO ledger_entries (transaction_id, account_id, amount_tokens)
        SELECT p_id, account, amount FROM unnest(p_accounts, p_amounts) AS line(account, amount);
    UPDATE wallets SET spendable_tokens = spendable_tokens + spendable_change,
        bonus_tokens = bonus_tokens + bonus_change, sequence = head.sequence + 1, last_hash = new_hash
        WHERE user_id = p_wallet;
END $$;

-- Credit a wallet with bought or bonus tokens. Keys of different reasons never meet. The outcome is a word:
-- posted, replayed (the same credit came before) or key_reused (the key belongs to another credit).
CREATE FUNCTION ledger_credit(
    p_id uuid, p_wallet uuid, p_reason text, p_key text, p_memo text, p_amount integer, p_is_bonus boolean
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    source text := CASE WHEN p_is_bonus THEN 'bonus_issuance' ELSE 'issuance' END;
    target bigint := ledger_account(p_wallet, CASE WHEN p_is_bonus THEN 'bonus' ELSE 'spendable' END);
    earlier_amount integer;
BEGIN
    IF p_amount <= 0 OR p_reason NOT IN ('top_up', 'grant') THEN
        RAISE EXCEPTION 'a credit needs a positive amount and a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM 1 FROM wallets WHERE user_id = p_wallet FOR UPDATE;
    SELECT coalesce(e.amount_tokens, 0) INTO earlier_amount
      FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id AND e.account_id = target
     WHERE t.wallet_user_id = p_wallet AND t.idempotency_key = p_reason || ':' || p_key;
    IF FOUND THEN
        RETURN CASE WHEN earlier_amount = p_amount THEN 'replayed' ELSE 'key_reused' END;
    END IF;
    PERFORM ledger_post(p_id, p_wallet, p_reason, p_reason || ':' || p_key, p_memo, NULL,
        ARRAY[ledger_account(NULL, source), target], ARRAY[-p_amount, p_amount]);
    RETURN 'posted';
END $$;

-- What a pack (or one file of it) costs a viewer now: files that are already theirs are not charged again.
-- For a pack, each owned file takes its share of that licence's pack price off, by the files' single prices.
CREATE FUNCTION purchase_price(
    p_buyer uuid, p_pack uuid, p_file uuid, p_kind text, OUT price integer, OUT missing_files integer
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    total_weight bigint;
    credit bigint;
BEGIN
    IF p_file IS NOT NULL THEN
        SELECT f.price_tokens, (NOT EXISTS (SELECT 1 FROM entitlements e WHERE e.user_id = p_buyer
                   AND e.file_id = f.id AND e.revoked_at IS NULL))::integer
          INTO price, missing_files FROM audio_files f WHERE f.id = p_file AND f.pack_id = p_pack;
        RETURN;
    END IF;
    WITH files AS (
        SELECT f.id, f.price_tokens + 1 AS weight,
               EXISTS (SELECT 1 FROM entitlements e WHERE e.user_id = p_buyer AND e.file_id = f.id
                   AND e.revoked_at IS NULL AND e.licence_kind = 'broadcast') AS has_broadcast,
               EXISTS (SELECT 1 FROM entitlements e WHERE e.user_id = p_buyer AND e.file_id = f.id
                   AND e.revoked_at IS NULL) AS has_any
        FROM audio_files f WHERE f.pack_id = p_pack
    ), offers AS (
        SELECT max(price_tokens) FILTER (WHERE kind = 'standard') AS standard,
               max(price_tokens) FILTER (WHERE kind = 'broadcast') AS broadcast
        FROM licence_offers WHERE pack_id = p_pack
    )
    SELECT sum(weight), count(*) FILTER (WHERE CASE p_kind WHEN 'broadcast' THEN NOT has_broadcast ELSE NOT has_any END),
           CASE p_kind
               WHEN 'broadcast' THEN
                   coalesce(max(broadcast) * (sum(weight) FILTER (WHERE has_broadcast)) / sum(weight), 0)
                   + coalesce(max(standard) * (sum(weight) FILTER (WHERE has_any AND NOT has_broadcast)) / sum(weight), 0)
               ELSE coalesce(max(standard) * (sum(weight) FILTER (WHERE has_any)) / sum(weight), 0)
           END,
           max(CASE p_kind WHEN 'broadcast' THEN broadcast ELSE standard END)
      INTO total_weight, missing_files, credit, price
      FROM files, offers;
    price := greatest(price - credit, 0);
END $$;

-- Buy a pack or a file in one step. The outcome is a word; money, rights and licence appear together or not at all.
CREATE FUNCTION purchase_buy(
    p_buyer uuid, p_pack uuid, p_file uuid, p_kind text, p_expected_price integer,
    p_key text, p_request_hash bytea, p_purchase uuid, p_transaction uuid, p_licence uuid,
    OUT outcome text, OUT purchase_id uuid, OUT price integer, OUT missing_tokens integer
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wallet wallets%ROWTYPE;
    earlier purchases%ROWTYPE;
    goods record;
    quote record;
    bonus_part integer;
    fee integer;
    bonus_fee integer;
    accounts bigint[];
    amounts integer[];
BEGIN
    SELECT * INTO STRICT wallet FROM wallets WHERE user_id = p_buyer FOR UPDATE;
    SELECT * INTO earlier FROM purchases WHERE buyer_id = p_buyer AND idempotency_key = p_key;
    IF FOUND THEN
        outcome := CASE WHEN earlier.request_hash = p_request_hash THEN 'replayed' ELSE 'key_reused' END;
        purchase_id := earlier.id;
        price := earlier.price_tokens;
        RETURN;
    END IF;
    SELECT p.title, p.slug, c.user_id AS seller_id, c.display_name AS creator_name, o.text_sha256,
           u.display_name AS buyer_name, u.email AS buyer_email, f.title AS file_title
      INTO goods
      FROM packs p JOIN creators c ON c.id = p.creator_id
      JOIN licence_offers o ON o.pack_id = p.id AND o.kind = p_kind
      JOIN users u ON u.id = p_buyer
      LEFT JOIN audio_files f ON f.id = p_file AND f.pack_id = p.id
     WHERE p.id = p_pack AND p.status = 'published'
       -- Single files carry one price, the one of the standard licence.
       AND (p_file IS NULL OR f.id IS NOT NULL AND p_kind = 'standard');
    IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    IF goods.seller_id = p_buyer THEN outcome := 'own_pack'; RETURN; END IF;
    SELECT * INTO quote FROM purchase_price(p_buyer, p_pack, p_file, p_kind);
    price := quote.price;
    IF quote.missing_files = 0 THEN outcome := 'owned'; RETURN; END IF;
    IF price IS DISTINCT FROM p_expected_price THEN outcome := 'price_changed'; RETURN; END IF;
    missing_tokens := greatest(price - wallet.spendable_tokens - wallet.bonus_tokens, 0);
    IF missing_tokens > 0 THEN outcome := 'insufficient'; RETURN; END IF;

    bonus_part := least(price, wallet.bonus_tokens);
    IF price > 0 THEN
        fee := price * 20 / 100;
        bonus_fee := bonus_part * 20 / 100;
        accounts := ARRAY[ledger_account(p_buyer, 'bonus'), ledger_account(p_buyer, 'spendable'),
            ledger_account(goods.seller_id, 'earnings'), ledger_account(goods.seller_id, 'bonus_earnings'),
            ledger_account(NULL, 'fees')];
        amounts := ARRAY[-bonus_part, -(price - bonus_part),
            (price - bonus_part) - (fee - bonus_fee), bonus_part - bonus_fee, fee];
        PERFORM ledger_post(p_transaction, p_buyer, 'purchase', 'purchase:' || p_key,
            coalesce(goods.file_title || ', ', '') || goods.title, NULL,
            (SELECT array_agg(a ORDER BY n) FROM unnest(accounts, amounts) WITH ORDINALITY AS l(a, m, n) WHERE m <> 0),
            (SELECT array_agg(m ORDER BY n) FROM unnest(amounts) WITH ORDINALITY AS l(m, n) WHERE m <> 0));
    END IF;
    INSERT INTO purchases (id, buyer_id, pack_id, file_id, licence_kind, price_tokens, bonus_tokens, status,
            transaction_id, idempotency_key, request_hash, created_at)
        VALUES (p_purchase, p_buyer, p_pack, p_file, p_kind, price, bonus_part, 'completed',
            CASE WHEN price > 0 THEN p_transaction END, p_key, p_request_hash, coalesce(ledger_told_time(), now()));
    INSERT INTO entitlements (purchase_id, file_id, user_id, licence_kind, file_title, file_sha256)
        SELECT p_purchase, f.id, p_buyer, p_kind, f.title, f.sha256 FROM audio_files f
        WHERE f.pack_id = p_pack AND (p_file IS NULL OR f.id = p_file)
          AND NOT EXISTS (SELECT 1 FROM entitlements e WHERE e.user_id = p_buyer AND e.file_id = f.id
              AND e.revoked_at IS NULL AND (e.licence_kind = p_kind OR e.licence_kind = 'broadcast'));
    INSERT INTO licences (id, purchase_id, kind, text_sha256, buyer_name, buyer_email, creator_name, pack_title, issued_at)
        VALUES (p_licence, p_purchase, p_kind, goods.text_sha256, goods.buyer_name, goods.buyer_email,
            goods.creator_name, goods.title, coalesce(ledger_told_time(), now()));
    INSERT INTO activity (user_id, kind, facts, created_at) VALUES (p_buyer, 'purchase.completed',
        jsonb_build_object('purchase', p_purchase, 'pack', p_pack, 'price_tokens', price), coalesce(ledger_told_time(), now()));
    INSERT INTO notifications (id, user_id, kind, sentence, link, created_at)
        VALUES (gen_random_uuid(), goods.seller_id, 'sale',
            'Sold: ' || coalesce(goods.file_title || ', ', '') || goods.title
                || CASE price WHEN 0 THEN ', for free.' WHEN 1 THEN ' for 1 token.' ELSE ' for ' || price || ' tokens.' END,
            '/pack/' || goods.slug, coalesce(ledger_told_time(), now()));
    outcome := 'bought';
    purchase_id := p_purchase;
END $$;

-- Undo a purchase: within 24 hours, and only if nothing of it was downloaded. Entries are reversed exactly, once.
CREATE FUNCTION purchase_refund(p_buyer uuid, p_purchase uuid, p_transaction uuid, OUT outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    bought purchases%ROWTYPE;
    pack_title text;
BEGIN
    PERFORM 1 FROM wallets WHERE user_id = p_buyer FOR UPDATE;
    SELECT * INTO bought FROM purchases WHERE id = p_purchase AND buyer_id = p_buyer FOR UPDATE;
    IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    IF bought.status = 'refunded' THEN outcome := 'replayed'; RETURN; END IF;
    IF bought.created_at < now() - interval '24 hours' THEN outcome := 'too_late'; RETURN; END IF;
    IF EXISTS (SELECT 1 FROM downloads d WHERE d.user_id = p_buyer AND d.pack_id = bought.pack_id
            AND d.created_at >= bought.created_at AND (d.file_id IS NULL OR d.file_id IN
                (SELECT e.file_id FROM entitlements e WHERE e.purchase_id = p_purchase))) THEN
        outcome := 'downloaded'; RETURN;
    END IF;
    -- An upgrade was charged less because of this purchase; giving both moneys back would make the upgrade too cheap.
    IF bought.licence_kind = 'standard' AND EXISTS (SELECT 1 FROM entitlements mine JOIN entitlements upgrade
            ON upgrade.user_id = mine.user_id AND upgrade.file_id = mine.file_id
            WHERE mine.purchase_id = p_purchase AND upgrade.licence_kind = 'broadcast' AND upgrade.revoked_at IS NULL) THEN
        outcome := 'upgraded'; RETURN;
    END IF;
    SELECT title INTO pack_title FROM packs WHERE id = bought.pack_id;
    IF bought.transaction_id IS NOT NULL THEN
        PERFORM ledger_post(p_transaction, p_buyer, 'refund', 'refund:' || p_purchase, pack_title, bought.transaction_id,
            (SELECT array_agg(account_id ORDER BY account_id) FROM ledger_entries WHERE transaction_id = bought.transaction_id),
            (SELECT array_agg(-amount_tokens ORDER BY account_id) FROM ledger_entries
              WHERE transaction_id = bought.transaction_id));
    END IF;
    UPDATE purchases SET status = 'refunded', refunded_at = now() WHERE id = p_purchase;
    UPDATE entitlements SET revoked_at = now() WHERE entitlements.purchase_id = p_purchase;
    UPDATE licences SET revoked_at = now() WHERE licences.purchase_id = p_purchase;
    INSERT INTO activity (user_id, kind, facts) VALUES (p_buyer, 'purchase.refunded',
        jsonb_build_object('purchase', p_purchase, 'pack', bought.pack_id));
    outcome := 'refunded';
END $$;

-- Record a download of one owned file, or of all owned files of a pack (no file given): not_owned, recorded or repeated.
-- The share lock makes a refund wait, and the other way round, so that never both happen.
CREATE FUNCTION download_start(
    p_user uuid, p_pack uuid, p_file uuid, p_country text, p_download uuid, OUT outcome text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM purchases p WHERE p.buyer_id = p_user AND p.pack_id = p_pack AND p.status = 'completed'
        AND (p_file IS NULL OR EXISTS (SELECT 1 FROM entitlements e WHERE e.purchase_id = p.id AND e.file_id = p_file))
        ORDER BY p.id FOR SHARE OF p;
    IF NOT EXISTS (SELECT 1 FROM entitlements e JOIN audio_files f ON f.id = e.file_id
            WHERE e.user_id = p_user AND e.revoked_at IS NULL AND f.pack_id = p_pack
              AND (p_file IS NULL OR f.id = p_file)) THEN
        outcome := 'not_owned'; RETURN;
    END IF;
    -- A right bought since the earlier download needs a row of its own, or its refund would not see that it was used.
    IF EXISTS (SELECT 1 FROM downloads d WHERE d.user_id = p_user AND d.pack_id = p_pack
            AND d.file_id IS NOT DISTINCT FROM p_file AND d.created_at > clock_timestamp() - interval '5 minutes'
            AND d.created_at >= (SELECT max(p.created_at) FROM purchases p
                                 WHERE p.buyer_id = p_user AND p.pack_id = p_pack AND p.status = 'completed')) THEN
        outcome := 'repeated'; RETURN;
    END IF;
    INSERT INTO downloads (id, user_id, pack_id, file_id, kind, country, created_at)
        VALUES (p_download, p_user, p_pack, p_file, CASE WHEN p_file IS NULL THEN 'pack_zip' ELSE 'file' END,
            p_country, clock_timestamp());
    outcome := 'recorded';
END $$;

-- The app's role: reads all, writes the rest of the tables, and reaches money and rights only through the functions above.
DO $$ BEGIN
    CREATE ROLE askchopper_app LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO askchopper_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO askchopper_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO askchopper_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO askchopper_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO askchopper_app;
REVOKE INSERT, UPDATE, DELETE ON wallets, ledger_accounts, ledger_transactions, ledger_entries,
    purchases, entitlements, licences, downloads FROM askchopper_app;
REVOKE UPDATE, DELETE ON licence_texts FROM askchopper_app;
REVOKE ALL ON FUNCTION ledger_post(uuid, uuid, text, text, text, uuid, bigint[], integer[]) FROM PUBLIC;
