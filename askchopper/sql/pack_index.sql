-- Rebuild the search documents of a pack and its sounds: title (A), pack, tags and kind (B), creator (C); and count its words in
-- the vocabulary. Genres are filters, and no words: "bass" is not every sound of drum and bass.
-- The description (D) finds the pack only: a pack described as "drums, bass and chords" has hats that are none of these.
CREATE OR REPLACE FUNCTION pack_index(p_pack uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    label tsvector; maker tsvector; story tsvector; named tsvector;
BEGIN
    SELECT to_tsvector('simple', fold(p.title)),
        to_tsvector('simple', fold(coalesce(
            (SELECT string_agg(t.name, ' ') FROM pack_tags pt JOIN tags t ON t.slug = pt.tag_slug WHERE pt.pack_id = p.id), ''))),
        to_tsvector('simple', fold(c.display_name)),
        to_tsvector('english', fold(p.summary || ' ' || p.description))
        INTO named, label, maker, story
        FROM packs p JOIN creators c ON c.id = p.creator_id WHERE p.id = p_pack;
    UPDATE packs SET search =
        setweight(named, 'A') || setweight(label, 'B') || setweight(maker, 'C') || setweight(story, 'D')
        WHERE id = p_pack;
    UPDATE audio_files SET search =
        -- "Tops, no kick" is not found by "kick".
        setweight(to_tsvector('simple', fold(regexp_replace(title, '[,(-]\s*(no|without)\s+\w+', ' ', 'gi') || ' ' || kind)), 'A') || setweight(named || label, 'B')
        || setweight(maker, 'C')
        WHERE pack_id = p_pack;
    -- In the order of the words, so that two packs at once cannot wait for each other.
    INSERT INTO search_vocabulary AS known (word, uses)
        SELECT word, count(*) FROM (
            SELECT unnest(tsvector_to_array(named || label || maker)) AS word
            UNION ALL SELECT unnest(tsvector_to_array(to_tsvector('simple', fold(title)))) FROM audio_files
                WHERE pack_id = p_pack AND retired_at IS NULL
        ) AS words WHERE length(word) BETWEEN 2 AND 40 AND word !~ '^[0-9.]+$' GROUP BY word ORDER BY word
        ON CONFLICT (word) DO UPDATE SET uses = known.uses + excluded.uses;
END $$;
