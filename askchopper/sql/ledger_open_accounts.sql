-- Trigger: create the wallet and the four ledger accounts of a new user.
CREATE OR REPLACE FUNCTION ledger_open_accounts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO wallets (user_id) VALUES (NEW.id);
    INSERT INTO ledger_accounts (user_id, kind)
        SELECT NEW.id, kind FROM unnest(ARRAY['spendable', 'bonus', 'earnings', 'bonus_earnings']) AS kind;
    RETURN NULL;
END $$;
