-- Trigger: a purchase is an event of its pack, and so is its refund.
CREATE OR REPLACE FUNCTION pack_event_of_purchase() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE NEW.refunded_at END;
BEGIN
    INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, visitor, gross_tokens, fee_tokens, purchase_id)
    VALUES (moment, CASE TG_OP WHEN 'INSERT' THEN 'bought' ELSE 'refunded' END, ARRAY[NEW.pack_id], NEW.file_id,
        visitor_of(NEW.buyer_id, moment), NEW.price_tokens, platform_fee(NEW.price_tokens, NEW.seller_share_percent), NEW.id);
    RETURN NULL;
END $$;
