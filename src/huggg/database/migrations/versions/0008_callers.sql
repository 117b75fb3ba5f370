-- The caller of each valid access token, as before. A client whose users are listed, and staff of some locations,
-- are few: the lists are read for them alone.
CREATE OR REPLACE VIEW callers AS
SELECT t.fingerprint AS token, s.client_id, s.user_id, u.kind, u.team_id, u.role, u.brand_id AS staff_of,
       c.shows_hugggs, coalesce(u.every_location, true) AS every_location,
       CASE WHEN u.every_location IS NOT FALSE THEN '{}'
            ELSE ARRAY(SELECT l.location_id FROM user_locations l WHERE l.user_id = u.id)
             END AS location_ids
  FROM tokens t
  JOIN sessions s ON s.id = t.session_id
  JOIN clients c ON c.id = s.client_id
  LEFT JOIN users u ON u.id = s.user_id
 WHERE t.kind = 'access'
   AND t.expires_at > now()
   AND s.revoked_at IS NULL
   AND c.active
   AND (s.user_id IS NULL
        OR u.active AND c.logs_in_users
           AND (c.every_user OR EXISTS (SELECT FROM client_users a
                                         WHERE a.client_id = s.client_id AND a.user_id = s.user_id)));
