-- name: note_keys
-- What is known of these keys, after noting those that were not.
WITH noted AS (
    INSERT INTO key_checks (number, fingerprint)
    SELECT * FROM unnest(:numbers::int[], :fingerprints::bytea[])
    ON CONFLICT DO NOTHING
)
SELECT number, fingerprint FROM key_checks WHERE number = ANY(:numbers::int[]);
