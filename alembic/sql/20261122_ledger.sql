-- The ledger's only writers. The app's role may execute these functions and read the tables, nothing else.
-- pg_temp comes last in every search path: left out, it comes first, and a caller's temporary table could pose as the ledger.

-- Every statement that adds entries adds as much as it takes, within each transaction. Since entries are never changed,
-- the sum of every transaction is therefore zero at all times. What was added is at hand, so nothing is read again.
CREATE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    unbalanced uuid;
BEGIN
    SELECT transaction_id INTO unbalanced FROM added GROUP BY transaction_id HAVING sum(amount_tokens) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero', unbalanced
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_balanced();

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

-- Post one balanced transaction to a member's wallet and keep the cached balances true. A line is an account's owner and
-- kind, and an amount; lines of zero tokens are left out. Only the wallet's own spendable and bonus accounts may be
-- touched, since only its row is locked.
CREATE FUNCTION ledger_post(
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

-- Credit a wallet with bought or bonus tokens. Keys of different reasons never meet. The outcome is a word:
-- posted, replayed (the same credit came before) or key_reused (the key belongs to another credit).
CREATE FUNCTION ledger_credit(
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

-- What a pack (or one sound of it) costs a viewer now, and the sounds it would give, in order: those that are already
-- theirs are not charged again. For a pack, each owned sound takes its share of that licence's pack price off, by the
-- sounds' single prices. Nothing to give is null.
CREATE FUNCTION purchase_quote(
    p_buyer uuid, p_pack uuid, p_file uuid, p_kind text,
    OUT price integer, OUT file_ids uuid[], OUT file_titles text[], OUT file_sha256s text[]
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    held_standard uuid[];
    held_broadcast uuid[];
    held uuid[];
BEGIN
    SELECT coalesce(array_agg(file), '{}'), coalesce(array_agg(file) FILTER (WHERE p.licence_kind = 'broadcast'), '{}')
      INTO held, held_broadcast
      FROM purchases p, unnest(p.file_ids) AS file
     WHERE p.pack_id = p_pack AND p.buyer_id = p_buyer AND p.status = 'completed';
    IF p_kind = 'broadcast' THEN
        held_standard := ARRAY(SELECT unnest(held) EXCEPT SELECT unnest(held_broadcast));
        held := held_broadcast;
    ELSE
        held_standard := held;
        held_broadcast := '{}';
    END IF;
    SELECT array_agg(f.id ORDER BY f.position) FILTER (WHERE f.id <> ALL (held)),
           array_agg(f.title ORDER BY f.position) FILTER (WHERE f.id <> ALL (held)),
           array_agg(f.sha256 ORDER BY f.position) FILTER (WHERE f.id <> ALL (held)),
           CASE WHEN p_file IS NOT NULL THEN max(f.price_tokens) ELSE greatest(0, max(o.price)
               - coalesce(max(o.standard) * sum(f.price_tokens + 1) FILTER (WHERE f.id = ANY (held_standard))
                   / sum(f.price_tokens + 1), 0)
               - coalesce(max(o.broadcast) * sum(f.price_tokens + 1) FILTER (WHERE f.id = ANY (held_broadcast))
                   / sum(f.price_tokens + 1), 0)) END
      INTO file_ids, file_titles, file_sha256s, price
      FROM audio_files f, (
        SELECT max(price_tokens) FILTER (WHERE kind = p_kind) AS price,
               max(price_tokens) FILTER (WHERE kind = 'standard') AS standard,
               max(price_tokens) FILTER (WHERE kind = 'broadcast') AS broadcast
        FROM licence_offers WHERE pack_id = p_pack) o
     WHERE f.pack_id = p_pack AND f.retired_at IS NULL AND (p_file IS NULL OR f.id = p_file);
END $$;

-- Buy a pack, or a sound, in one step. The outcome is a word; money, rights and licence appear together or not at all.
-- The pack's row is held against deletion before its sounds are read, see purchase_keep_file.
CREATE FUNCTION purchase_buy(
    p_buyer uuid, p_slug text, p_file uuid, p_kind text, p_expected_price integer,
    p_key text, p_request_hash bytea, p_purchase uuid, p_transaction uuid, p_licence uuid,
    OUT outcome text, OUT price integer, OUT missing_tokens integer, OUT purchase_id uuid, OUT licence_id uuid,
    OUT pack_slug text, OUT pack_title text, OUT file_ids uuid[], OUT balance integer
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    wallet record;
    earlier record;
    goods record;
    quote record;
    slug_named text := p_slug;
    memo text;
    moment timestamptz;
    bonus_part integer;
    fee integer;
    bonus_fee integer;
BEGIN
    SELECT spendable_tokens, bonus_tokens INTO STRICT wallet FROM wallets WHERE user_id = p_buyer FOR NO KEY UPDATE;
    balance := wallet.spendable_tokens + wallet.bonus_tokens;
    SELECT p.id, p.request_hash, p.price_tokens, p.file_ids, l.id AS licence_id, packs.slug, packs.title
      INTO earlier
      FROM purchases p JOIN packs ON packs.id = p.pack_id JOIN licences l ON l.purchase_id = p.id
     WHERE p.buyer_id = p_buyer AND p.idempotency_key = p_key;
    IF FOUND THEN
        outcome := CASE WHEN earlier.request_hash = p_request_hash THEN 'replayed' ELSE 'key_reused' END;
        purchase_id := earlier.id; licence_id := earlier.licence_id; price := earlier.price_tokens;
        pack_slug := earlier.slug; pack_title := earlier.title; file_ids := earlier.file_ids;
        RETURN;
    END IF;
    IF p_file IS NOT NULL THEN
        SELECT packs.slug, f.title || ', ' INTO slug_named, memo
          FROM audio_files f JOIN packs ON packs.id = f.pack_id WHERE f.id = p_file;
    END IF;
    SELECT p.id, p.title, p.slug, c.user_id AS seller_id, c.display_name AS creator_name, o.text_sha256,
           u.display_name AS buyer_name, u.email AS buyer_email
      INTO goods
      FROM packs p JOIN creators c ON c.id = p.creator_id
      JOIN licence_offers o ON o.pack_id = p.id AND o.kind = p_kind
      JOIN users u ON u.id = p_buyer
     WHERE p.slug = slug_named AND p.status = 'published'
       -- Single sounds carry one price, the one of the standard licence.
       AND (p_file IS NULL OR p_kind = 'standard')
       FOR KEY SHARE OF p;
    IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    IF goods.seller_id = p_buyer THEN outcome := 'own_pack'; RETURN; END IF;
    SELECT * INTO quote FROM purchase_quote(p_buyer, goods.id, p_file, p_kind);
    price := quote.price;
    IF quote.file_ids IS NULL THEN outcome := 'owned'; RETURN; END IF;
    IF price IS DISTINCT FROM p_expected_price THEN outcome := 'price_changed'; RETURN; END IF;
    missing_tokens := greatest(price - balance, 0);
    IF missing_tokens > 0 THEN outcome := 'insufficient'; RETURN; END IF;

    moment := coalesce(ledger_told_time(), clock_timestamp());
    memo := coalesce(memo, '') || goods.title;
    bonus_part := least(price, wallet.bonus_tokens);
    IF price > 0 THEN
        fee := price * 20 / 100;
        bonus_fee := bonus_part * 20 / 100;
        PERFORM ledger_post(p_transaction, p_buyer, 'purchase', 'purchase:' || p_key, memo, NULL, moment,
            ARRAY[p_buyer, p_buyer, goods.seller_id, goods.seller_id, NULL],
            ARRAY['bonus', 'spendable', 'earnings', 'bonus_earnings', 'fees'],
            ARRAY[-bonus_part, -(price - bonus_part),
                (price - bonus_part) - (fee - bonus_fee), bonus_part - bonus_fee, fee]);
    END IF;
    INSERT INTO purchases (id, buyer_id, pack_id, file_id, file_ids, licence_kind, price_tokens, bonus_tokens, status,
            transaction_id, idempotency_key, request_hash, created_at)
        VALUES (p_purchase, p_buyer, goods.id, p_file, quote.file_ids, p_kind, price, bonus_part, 'completed',
            CASE WHEN price > 0 THEN p_transaction END, p_key, p_request_hash, moment);
    INSERT INTO licences (id, purchase_id, kind, text_sha256, buyer_name, buyer_email, creator_name, pack_title,
            file_titles, file_sha256s, issued_at)
        VALUES (p_licence, p_purchase, p_kind, goods.text_sha256, goods.buyer_name, goods.buyer_email,
            goods.creator_name, goods.title, quote.file_titles, quote.file_sha256s, moment);
    INSERT INTO activity (user_id, kind, facts, created_at) VALUES (p_buyer, 'purchase.completed',
        jsonb_build_object('purchase', p_purchase, 'pack', goods.id, 'price_tokens', price), moment);
    -- The news of a purchase bears its id, which is ordered by time as this table's other ids are.
    INSERT INTO notifications (id, user_id, kind, sentence, link, created_at)
        VALUES (p_purchase, goods.seller_id, 'sale', 'Sold: ' || memo
                || CASE price WHEN 0 THEN ', for free.' WHEN 1 THEN ' for 1 token.' ELSE ' for ' || price || ' tokens.' END,
            '/pack/' || goods.slug, moment);
    outcome := 'bought'; purchase_id := p_purchase; licence_id := p_licence; pack_slug := goods.slug;
    pack_title := goods.title; file_ids := quote.file_ids; balance := balance - price;
END $$;

-- A sold sound stays. Purchases hold their pack's row while they read its sounds, so that this waits for them.
CREATE FUNCTION purchase_keep_file() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM packs WHERE id = OLD.pack_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM purchases p WHERE p.pack_id = OLD.pack_id AND OLD.id = ANY (p.file_ids)) THEN
        RAISE EXCEPTION 'sound % was sold and stays', OLD.id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER audio_files_keep_sold BEFORE DELETE OR UPDATE OF id, pack_id ON audio_files
    FOR EACH ROW EXECUTE FUNCTION purchase_keep_file();

-- Undo a purchase: within 24 hours, and only if nothing of it was downloaded. Entries are reversed exactly, once.
CREATE FUNCTION purchase_refund(p_buyer uuid, p_purchase uuid, p_transaction uuid, OUT outcome text)
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

-- Record a download of one owned file, or of all owned files of a pack (no file given): not_owned, recorded or repeated.
-- The share lock makes a refund wait, and the other way round, so that never both happen.
CREATE FUNCTION download_start(
    p_user uuid, p_pack uuid, p_file uuid, p_country text, p_download uuid, OUT outcome text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM purchases p WHERE p.buyer_id = p_user AND p.pack_id = p_pack AND p.status = 'completed'
        AND (p_file IS NULL OR p_file = ANY (p.file_ids))
        ORDER BY p.id FOR SHARE OF p;
    IF NOT FOUND THEN outcome := 'not_owned'; RETURN; END IF;
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
    purchases, licences, downloads FROM askchopper_app;
REVOKE UPDATE, DELETE ON licence_texts FROM askchopper_app;
REVOKE ALL ON FUNCTION ledger_post(uuid, uuid, text, text, text, uuid, timestamptz, uuid[], text[], integer[]) FROM PUBLIC;
