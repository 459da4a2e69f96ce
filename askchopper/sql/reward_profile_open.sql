-- Trigger: give a new user a row of rewards, so that showing the referral code writes nothing.
CREATE OR REPLACE FUNCTION reward_profile_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reward_profile_add(NEW.id);
    RETURN NULL;
END $$;
