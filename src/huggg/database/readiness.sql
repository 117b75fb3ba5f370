-- name: schema_revision
SELECT version_num, current_setting('transaction_read_only')::boolean AS is_read_only FROM alembic_version;
