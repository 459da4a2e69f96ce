-- Build the search document of a passage, stemmed: its heading (A), its document's title (B), its text (C).
CREATE OR REPLACE FUNCTION passage_words(p_title text, p_heading text, p_text text) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(to_tsvector('english', fold(p_heading)), 'A')
        || setweight(to_tsvector('english', fold(regexp_replace(p_title, '[_.]+', ' ', 'g'))), 'B')
        || setweight(to_tsvector('english', fold(p_text)), 'C')
$$;
