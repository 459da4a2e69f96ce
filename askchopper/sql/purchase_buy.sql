-- Buy a pack, or one sound of it: bought, replayed, key_reused, not_found, own_pack, owned, price_changed, in_debt or insufficient.
-- Money, rights and licence are written in one transaction. The caller notifies the seller. The pack's row is locked
-- against deletion before its sounds are read, see purchase_keep_file.
CREATE OR REPLACE FUNCTION purchase_buy(
    p_buyer uuid, p_slug text, p_file uuid, p_kind text, p_expected_price integer,
    p_key text, p_request_hash bytea, p_purchase uuid, p_transaction uuid, p_licence uuid, p_seller_share_percent integer,
    OUT outcome text, OUT price integer, OUT missing_tokens integer, OUT purchase_id uuid, OUT licence_id uuid,
    OUT pack_slug text, OUT pack_title text, OUT file_ids uuid[], OUT balance integer,
    OUT seller_id uuid, OUT item_title text, OUT purchased_at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    wallet record;
    earlier record;
    goods record;
    quote record;
    slug_named text := p_slug;
    bonus_part integer;
    fee integer;
    bonus_fee integer;
BEGIN
    IF p_seller_share_percent IS NULL OR p_seller_share_percent NOT BETWEEN 0 AND 100 THEN
        RAISE EXCEPTION 'a share is 0 to 100 percent' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT spendable_tokens, bonus_tokens, debt_tokens INTO STRICT wallet FROM wallets WHERE user_id = p_buyer FOR NO KEY UPDATE;
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
        SELECT packs.slug, f.title || ', ' INTO slug_named, item_title
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
    IF price > 0 AND wallet.debt_tokens > 0 THEN
        missing_tokens := missing_tokens + wallet.debt_tokens; outcome := 'in_debt'; RETURN;
    END IF;
    IF missing_tokens > 0 THEN outcome := 'insufficient'; RETURN; END IF;

    purchased_at := coalesce(ledger_told_time(), clock_timestamp());
    item_title := coalesce(item_title, '') || goods.title;
    bonus_part := least(price, wallet.bonus_tokens);
    IF price > 0 THEN
        fee := platform_fee(price, p_seller_share_percent);
        bonus_fee := platform_fee(bonus_part, p_seller_share_percent);
        PERFORM ledger_post(p_transaction, p_buyer, 'purchase', 'purchase:' || p_key, item_title, NULL, purchased_at,
            ARRAY[p_buyer, p_buyer, goods.seller_id, goods.seller_id, NULL],
            ARRAY['bonus', 'spendable', 'earnings', 'bonus_earnings', 'fees'],
            ARRAY[-bonus_part, -(price - bonus_part),
                (price - bonus_part) - (fee - bonus_fee), bonus_part - bonus_fee, fee]);
    END IF;
    INSERT INTO purchases (id, buyer_id, pack_id, file_id, file_ids, licence_kind, price_tokens, bonus_tokens,
            seller_share_percent, status, transaction_id, idempotency_key, request_hash, created_at)
        VALUES (p_purchase, p_buyer, goods.id, p_file, quote.file_ids, p_kind, price, bonus_part,
            p_seller_share_percent, 'completed',
            CASE WHEN price > 0 THEN p_transaction END, p_key, p_request_hash, purchased_at);
    INSERT INTO licences (id, purchase_id, kind, text_sha256, buyer_name, buyer_email, creator_name, pack_title,
            file_titles, file_sha256s, issued_at)
        VALUES (p_licence, p_purchase, p_kind, goods.text_sha256, goods.buyer_name, goods.buyer_email,
            goods.creator_name, goods.title, quote.file_titles, quote.file_sha256s, purchased_at);
    INSERT INTO activity (user_id, kind, facts, created_at) VALUES (p_buyer, 'purchase.completed',
        jsonb_build_object('purchase', p_purchase, 'pack', goods.id, 'price_tokens', price), purchased_at);
    outcome := 'bought'; purchase_id := p_purchase; licence_id := p_licence; pack_slug := goods.slug;
    pack_title := goods.title; file_ids := quote.file_ids; balance := balance - price;
    seller_id := goods.seller_id;
END $$;
