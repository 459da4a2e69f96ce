-- Weighted search document of a pack: title, then tags and genre, then creator, then description.
CREATE FUNCTION pack_index(p_pack uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE packs SET search =
        setweight(to_tsvector('simple', fold(title)), 'A') ||
        setweight(to_tsvector('simple', fold(
            coalesce((SELECT string_agg(t.name, ' ') FROM pack_tags pt JOIN tags t ON t.slug = pt.tag_slug
                      WHERE pt.pack_id = packs.id), '') || ' ' ||
            (SELECT name FROM genres WHERE genres.slug = packs.genre_slug))), 'B') ||
        setweight(to_tsvector('simple', fold(
            (SELECT display_name FROM creators WHERE creators.id = packs.creator_id))), 'C') ||
        setweight(to_tsvector('english', fold(summary || ' ' || description)), 'D')
    WHERE id = p_pack
$$;

-- What a visitor typed, as a query: every word must match, the last one may be unfinished.
-- Titles are indexed as written and descriptions by word stem, so both readings are tried.
CREATE FUNCTION search_query(p_text text) RETURNS tsquery LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN numnode(plain) = 0 THEN ''::tsquery
                -- A query that ends in an excluded phrase ends in a bracket and has no last word to complete.
                WHEN right(plain::text, 1) <> '''' THEN plain
                ELSE (plain::text || ':*')::tsquery || websearch_to_tsquery('english', fold(p_text)) END
    FROM (SELECT websearch_to_tsquery('simple', fold(p_text)) AS plain) AS query
$$;
