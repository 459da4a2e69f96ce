-- True if the buyer can still refund a purchase: completed, within the refund window, not downloaded, not upgraded.
CREATE OR REPLACE FUNCTION is_refundable(p_purchase public.purchases, p_refund_hours integer) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT p_purchase.status = 'completed' AND public.refund_refusal(p_purchase, p_refund_hours) IS NULL
$$;
