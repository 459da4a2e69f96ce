-- The booking time that the owner of the tables has set for this transaction, else null. Demo content is backdated with it;
-- a value set by the app's role is ignored.
CREATE OR REPLACE FUNCTION ledger_told_time() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN coalesce(current_setting('askchopper.told_time', true), '') = '' THEN NULL
        WHEN session_user = (SELECT relowner::regrole::name FROM pg_class WHERE oid = 'public.wallets'::regclass)
        THEN current_setting('askchopper.told_time', true)::timestamptz END
$$;
