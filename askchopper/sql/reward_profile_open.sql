-- Trigger: give a new user a referral code, so that showing it writes nothing. Letters and digits that are read as others are left out.
CREATE OR REPLACE FUNCTION reward_profile_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    alphabet constant text := 'abcdefghjkmnpqrstuvwxyz23456789';
BEGIN
    LOOP
        INSERT INTO reward_profiles (user_id, code, streak, longest_streak, network_hash)
            SELECT NEW.id, string_agg(substr(alphabet, 1 + floor(random() * length(alphabet))::integer, 1), ''), 0, 0, ''
            FROM generate_series(1, 8)
            ON CONFLICT DO NOTHING;
        IF FOUND OR EXISTS (SELECT FROM reward_profiles WHERE user_id = NEW.id) THEN
            RETURN NULL;
        END IF;
    END LOOP;
END $$;
