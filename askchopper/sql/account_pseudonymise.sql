-- Remove a member's name, address and country from the certificates and downloads that outlive their account. The numbers,
-- the sounds and the ledger stay. Only for an account whose deletion is due.
CREATE OR REPLACE FUNCTION account_pseudonymise(p_user uuid, p_name text, p_email text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM users WHERE id = p_user AND delete_after <= now()) THEN
        RAISE EXCEPTION 'account % is not to be deleted', p_user USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE licences l SET buyer_name = p_name, buyer_email = p_email
      FROM purchases p WHERE p.id = l.purchase_id AND p.buyer_id = p_user;
    UPDATE downloads SET country = NULL WHERE user_id = p_user;
END $$;
