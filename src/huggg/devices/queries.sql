-- name: invite
-- Makes a device at a location that takes redemptions. No row: there is no such location, or it is none of the manager's.
WITH new_device AS (
    INSERT INTO devices (id, brand_id, location_id, name, code_fingerprint, code_ends_at, invited_at)
    SELECT :id, l.brand_id, l.id, :name, :code_fingerprint, now() + :code_life::interval, now()
      FROM locations l
     WHERE l.id = :location_id
       AND l.removed_at IS NULL
       AND (:brand_id::uuid IS NULL OR l.brand_id = :brand_id)
       AND (:location_ids::text[] IS NULL OR l.id = ANY(:location_ids::text[]))
    RETURNING id, brand_id, location_id, code_ends_at, invited_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'device.invited', invited_at, :user_id::uuid, :client_id::text,
           jsonb_build_object('brand_id', brand_id, 'location_id', location_id)
      FROM new_device
)
SELECT id, code_ends_at FROM new_device;

-- name: pair
-- Spends a pairing code. No row: it is wrong, spent or over, or its location was removed meanwhile.
WITH paired_devices AS (
    UPDATE devices d
       SET paired_at = now(), seen_at = now(), code_fingerprint = NULL
     WHERE d.code_fingerprint = ANY(:code_fingerprints::bytea[])
       AND d.code_ends_at > now()
       AND EXISTS (SELECT FROM locations l
                    WHERE l.id = d.location_id AND l.brand_id = d.brand_id AND l.removed_at IS NULL)
    RETURNING d.id, d.brand_id, d.location_id, d.paired_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT id, 'device.paired', paired_at, jsonb_build_object('brand_id', brand_id, 'location_id', location_id)
      FROM paired_devices
)
SELECT id FROM paired_devices;

-- name: revoke
-- Ends a device, or the invitation of one. No row: there is none, it was revoked, or it is none of the manager's.
WITH revoked_devices AS (
    UPDATE devices
       SET revoked_at = now(), code_fingerprint = NULL
     WHERE id = :id
       AND revoked_at IS NULL
       AND (:brand_id::uuid IS NULL OR brand_id = :brand_id)
       AND (:location_ids::text[] IS NULL OR location_id = ANY(:location_ids::text[]))
    RETURNING id, brand_id, location_id, revoked_at
), new_events AS (
    INSERT INTO events (subject_id, kind, at, user_id, client_id, data)
    SELECT id, 'device.revoked', revoked_at, :user_id::uuid, :client_id::text,
           jsonb_build_object('brand_id', brand_id, 'location_id', location_id)
      FROM revoked_devices
)
SELECT id FROM revoked_devices;

-- name: present
-- The device of a request, if it is paired and its location takes redemptions for the same brand.
WITH presence AS (
    UPDATE devices
       SET seen_at = now()
     WHERE id = :id AND revoked_at IS NULL AND seen_at < now() - interval '1 minute'
)
SELECT d.*, l.name AS location
  FROM devices d
  JOIN locations l ON l.id = d.location_id AND l.brand_id = d.brand_id AND l.removed_at IS NULL
 WHERE d.id = :id AND d.paired_at IS NOT NULL AND d.revoked_at IS NULL;

-- name: known
-- A device that was paired, also one that is revoked or whose location was removed.
SELECT d.*, l.name AS location
  FROM devices d
  JOIN locations l ON l.id = d.location_id
 WHERE d.id = :id AND d.paired_at IS NOT NULL;

-- name: devices
-- The devices of a brand, by the index `devices_by_brand`, or the devices of all brands.
SELECT d.*, l.name AS location
  FROM devices d
  JOIN locations l ON l.id = d.location_id
 WHERE (:brand_id::uuid IS NULL OR d.brand_id = :brand_id)
   AND (d.paired_at IS NOT NULL OR d.code_ends_at > now())
   AND coalesce(d.revoked_at > now() - interval '30 days', true)
 ORDER BY d.id DESC;
