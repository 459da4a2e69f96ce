-- The platform's part of a price, rounded down; policy.platform_fee_tokens computes the same.
CREATE OR REPLACE FUNCTION platform_fee(p_price integer, p_seller_share_percent integer) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_price * (100 - p_seller_share_percent) / 100
$$;
