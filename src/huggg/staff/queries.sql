-- name: staff
-- A brand's users, or one of any brand, found by the index `staff_by_brand` or by id. Erased people are none.
SELECT p.*, u.brand_id, u.staff_role, u.every_location, u.pin_hash IS NOT NULL AS has_pin,
       u.password_hash IS NOT NULL AS has_password, u.active,
       ARRAY(SELECT l.location_id FROM user_locations l WHERE l.user_id = u.id) AS location_ids
  FROM users u
  JOIN people p ON p.id = u.id
 WHERE u.brand_id IS NOT NULL
   AND (:brand_id::uuid IS NULL OR u.brand_id = :brand_id)
   AND (:user_id::uuid IS NULL OR u.id = :user_id)
   AND u.erased_at IS NULL;

-- name: pin_at
-- The PIN of a member of staff who may redeem at a location.
SELECT u.pin_hash
  FROM users u
 WHERE u.id = :user_id
   AND u.brand_id = :brand_id
   AND u.active
   AND (u.every_location
        OR EXISTS (SELECT FROM user_locations l WHERE l.user_id = u.id AND l.location_id = :location_id));

-- name: set_pin
WITH changed_users AS (
    UPDATE users SET pin_hash = :pin_hash WHERE id = :id AND brand_id IS NOT NULL AND erased_at IS NULL
    RETURNING id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id)
    SELECT id, 'staff.pin_set', now(), :user_id::uuid, :client_id::text FROM changed_users
)
SELECT id FROM changed_users;

-- name: set_staff_role
WITH changed_users AS (
    UPDATE users SET staff_role = :role WHERE id = :id AND brand_id IS NOT NULL
    RETURNING id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'staff.role_set', now(), :user_id::uuid, :client_id::text, jsonb_build_object('role', :role::text)
      FROM changed_users
)
SELECT id FROM changed_users;
