-- Remove accents. unaccent() is only stable, since its rules file may change; an index needs an immutable function.
CREATE OR REPLACE FUNCTION fold(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
    $$ SELECT public.unaccent('public.unaccent'::regdictionary, p_text) $$;
