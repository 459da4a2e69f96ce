-- Recount the vocabulary from the published sounds.
CREATE OR REPLACE FUNCTION search_recount() RETURNS void LANGUAGE sql AS $$
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
