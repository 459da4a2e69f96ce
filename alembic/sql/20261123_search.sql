-- The words a sound or pack is found by: title (A), then pack, tags, genre and kind (B), creator (C), description (D).
CREATE OR REPLACE FUNCTION pack_index(p_pack uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    label tsvector; maker tsvector; story tsvector; named tsvector;
BEGIN
    SELECT to_tsvector('simple', fold(p.title)),
        to_tsvector('simple', fold(concat_ws(' ', g.name,
            (SELECT string_agg(t.name, ' ') FROM pack_tags pt JOIN tags t ON t.slug = pt.tag_slug WHERE pt.pack_id = p.id)))),
        to_tsvector('simple', fold(c.display_name)),
        to_tsvector('english', fold(p.summary || ' ' || p.description))
        INTO named, label, maker, story
        FROM packs p JOIN creators c ON c.id = p.creator_id JOIN genres g ON g.slug = p.genre_slug WHERE p.id = p_pack;
    UPDATE packs SET search =
        setweight(named, 'A') || setweight(label, 'B') || setweight(maker, 'C') || setweight(story, 'D')
        WHERE id = p_pack;
    UPDATE audio_files SET search =
        setweight(to_tsvector('simple', fold(title || ' ' || kind)), 'A') || setweight(named || label, 'B')
        || setweight(maker, 'C') || setweight(story, 'D')
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

-- Groups of words as a query: of every group one alternative must be there, the last word may be unfinished.
-- Titles are indexed as written and descriptions by word stem, so both readings are tried. Called immutable, as fold() is,
-- so that the planner sees the query itself and can tell a rare word from a common one.
CREATE FUNCTION search_words(p_groups jsonb, p_is_open boolean) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    result tsquery := ''; part tsquery; plain tsquery; stem tsquery; number integer; word text; words jsonb;
BEGIN
    FOR number, words IN SELECT ordinality, value FROM jsonb_array_elements(p_groups) WITH ORDINALITY LOOP
        part := '';
        FOR word IN SELECT fold(value) FROM jsonb_array_elements_text(words) LOOP
            plain := phraseto_tsquery('simple', word);
            CONTINUE WHEN numnode(plain) = 0;
            stem := phraseto_tsquery('english', word);
            IF stem = plain THEN
                stem := '';  -- the same list need not be read twice
            END IF;
            IF p_is_open AND number = jsonb_array_length(p_groups) AND numnode(plain) = 1 AND length(word) > 1 THEN
                plain := (plain::text || ':*')::tsquery;
            END IF;
            part := part || plain || stem;
        END LOOP;
        result := result && part;
    END LOOP;
    RETURN result;
END $$;

-- Count the vocabulary anew, from what is on sale now.
CREATE FUNCTION search_recount() RETURNS void LANGUAGE sql AS $$
    WITH counted AS (
        SELECT word, nentry AS uses
        FROM ts_stat('SELECT search FROM audio_files WHERE published_at IS NOT NULL', 'abc')
        WHERE length(word) BETWEEN 2 AND 40 AND word !~ '^[0-9.]+$'
    ), gone AS (
        DELETE FROM search_vocabulary v WHERE NOT EXISTS (SELECT 1 FROM counted c WHERE c.word = v.word)
    )
    INSERT INTO search_vocabulary AS known (word, uses) SELECT word, uses FROM counted ORDER BY word
        ON CONFLICT (word) DO UPDATE SET uses = excluded.uses WHERE known.uses <> excluded.uses
$$;

INSERT INTO search_synonyms (word, means) VALUES
    ('808', 'sub'), ('sub', '808'), ('kick', 'bassdrum'), ('bassdrum', 'kick'), ('bd', 'kick'), ('hat', 'hihat'), ('hats', 'hihats'),
    ('hihat', 'hat'), ('hihats', 'hats'), ('hi-hat', 'hat'), ('sd', 'snare'), ('snare', 'sd'), ('vox', 'vocal'), ('vocal', 'vox'),
    ('vocals', 'vocal'), ('perc', 'percussion'), ('percussion', 'perc'), ('fx', 'effects'), ('sfx', 'effects'), ('effects', 'fx'),
    ('keys', 'piano'), ('rhodes', 'electric piano'), ('ep', 'electric piano'), ('gtr', 'guitar'), ('guitar', 'gtr'), ('pad', 'pads'),
    ('synth', 'synthesizer'), ('arp', 'arpeggio'), ('arpeggio', 'arp'), ('strings', 'violin'), ('drum', 'drums'), ('drums', 'drum'),
    ('brk', 'break'), ('break', 'breaks'), ('breaks', 'break'), ('chord', 'chords'), ('lead', 'topline'), ('clap', 'claps'),
    ('bell', 'bells'), ('texture', 'atmosphere'), ('atmo', 'atmosphere'), ('atmos', 'atmosphere'), ('riser', 'uplifter'),
    ('ghost', 'phantom'), ('tom', 'toms'), ('ride', 'cymbal'), ('cymbal', 'crash');
