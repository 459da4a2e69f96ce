-- Ownership: the purchases of a buyer that give rights, which are those not refunded. A buyer owns the files in their file_ids.
-- The planner inlines it; ask for one file with pack_id and = ANY (file_ids), which use the index, not with unnest().
CREATE OR REPLACE FUNCTION active_purchases(p_buyer uuid) RETURNS SETOF public.purchases LANGUAGE sql STABLE AS $$
    SELECT * FROM public.purchases WHERE buyer_id = p_buyer AND status = 'completed'
$$;
