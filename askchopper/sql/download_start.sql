-- Record a download of one owned file, or of all owned files of a pack (no file given): not_owned, recorded or repeated.
-- The purchases are locked before ownership is read: a refund waits for the download and the other way round, and the
-- second statement sees a refund that this one waited for.
CREATE OR REPLACE FUNCTION download_start(
    p_user uuid, p_pack uuid, p_file uuid, p_country text, p_download uuid, OUT outcome text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM purchases p WHERE p.buyer_id = p_user AND p.pack_id = p_pack ORDER BY p.id FOR SHARE OF p;
    IF NOT EXISTS (SELECT FROM active_purchases(p_user) p
            WHERE p.pack_id = p_pack AND (p_file IS NULL OR p_file = ANY (p.file_ids))) THEN
        outcome := 'not_owned'; RETURN;
    END IF;
    -- A right bought since the earlier download needs a row of its own, or its refund would not see that it was used.
    IF EXISTS (SELECT FROM downloads d WHERE d.user_id = p_user AND d.pack_id = p_pack
            AND d.file_id IS NOT DISTINCT FROM p_file AND d.created_at > clock_timestamp() - interval '5 minutes'
            AND d.created_at >= (SELECT max(p.created_at) FROM active_purchases(p_user) p WHERE p.pack_id = p_pack)) THEN
        outcome := 'repeated'; RETURN;
    END IF;
    INSERT INTO downloads (id, user_id, pack_id, file_id, kind, country, created_at)
        VALUES (p_download, p_user, p_pack, p_file, CASE WHEN p_file IS NULL THEN 'pack_zip' ELSE 'file' END,
            p_country, clock_timestamp());
    outcome := 'recorded';
END $$;
