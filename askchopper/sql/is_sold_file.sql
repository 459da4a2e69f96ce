-- True if a file was ever sold, also if that purchase was refunded: its licence names the file, so the row must stay.
CREATE OR REPLACE FUNCTION is_sold_file(p_pack uuid, p_file uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM public.purchases WHERE pack_id = p_pack AND p_file = ANY (file_ids))
$$;
