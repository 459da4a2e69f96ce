-- Notify a user that somebody did something, in one unread notification for all who did: "Ana likes …", "Ana and 2 others like …".
-- p_one and p_many are sentences in which {name} is the latest person, {others} "1 other" or "2 others". Nothing is added for a
-- kind that the user switched off, if one of both has blocked the other, or if the person is already among those of the unread notification.
CREATE OR REPLACE FUNCTION notify_group(
    p_id uuid, p_user uuid, p_kind text, p_group text, p_actor uuid, p_name text, p_one text, p_many text, p_link text
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO notifications AS n (id, user_id, kind, sentence, link, group_key, actors)
    SELECT p_id, p_user, p_kind, left(replace(p_one, '{name}', p_name), 300), p_link, p_group, ARRAY[p_actor]
    WHERE p_user <> p_actor
        AND NOT EXISTS (SELECT FROM notification_choices c WHERE c.user_id = p_user AND c.kind = p_kind AND NOT c.is_on)
        AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = p_user AND b.blocked_id = p_actor
            OR b.blocker_id = p_actor AND b.blocked_id = p_user)
    ON CONFLICT (user_id, group_key) WHERE read_at IS NULL AND group_key IS NOT NULL DO UPDATE SET
        actors = (n.actors || excluded.actors)[1:1000],
        sentence = left(replace(replace(p_many, '{name}', p_name), '{others}', CASE cardinality(n.actors) WHEN 1 THEN '1 other'
            ELSE to_char(cardinality(n.actors), 'FM999,999') || ' others' END), 300),
        created_at = now(), mailed_at = NULL
        WHERE NOT n.actors @> excluded.actors
$$;
