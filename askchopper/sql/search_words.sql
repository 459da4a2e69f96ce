-- Build a tsquery from groups of words: one alternative of every group must match, the last word may be a prefix. Titles
-- are indexed as written and descriptions by word stem, so both are tried. Declared immutable, as fold() is, so that the
-- planner sees the query itself and can tell a rare word from a common one.
CREATE OR REPLACE FUNCTION search_words(p_groups jsonb, p_is_open boolean) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
