-- Weighted search document of a pack: title, then tags and genre, then creator, then description.
CREATE FUNCTION pack_index(p_pack uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE packs SET search =
        setweight(to_tsvector('simple', unaccent(title)), 'A') ||
        setweight(to_tsvector('simple', unaccent(
            coalesce((SELECT string_agg(t.name, ' ') FROM pack_tags pt JOIN tags t ON t.slug = pt.tag_slug
                      WHERE pt.pack_id = packs.id), '') || ' ' ||
            (SELECT name FROM genres WHERE genres.slug = packs.genre_slug))), 'B') ||
        setweight(to_tsvector('simple', unaccent(
            (SELECT display_name FROM creators WHERE creators.id = packs.creator_id))), 'C') ||
        setweight(to_tsvector('english', unaccent(summary || ' ' || description)), 'D')
    WHERE id = p_pack
$$;
