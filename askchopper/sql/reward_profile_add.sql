-- Give a user a row of rewards with a referral code, unless they have one. Letters and digits that are read as others are left out.
CREATE OR REPLACE FUNCTION reward_profile_add(p_user uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    alphabet constant text := 'abcdefghjkmnpqrstuvwxyz23456789';
BEGIN
    LOOP  -- until the code is not another's
        INSERT INTO reward_profiles (user_id, code, streak, longest_streak, network_hash)
            SELECT p_user, string_agg(substr(alphabet, 1 + floor(random() * length(alphabet))::integer, 1), ''), 0, 0, ''
            FROM generate_series(1, 8)
            ON CONFLICT DO NOTHING;
        IF FOUND OR EXISTS (SELECT FROM reward_profiles WHERE user_id = p_user) THEN
            RETURN;
        END IF;
    END LOOP;
END $$;
