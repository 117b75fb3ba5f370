-- The function counts as the owner of the schema: from `huggg migrate` until the grants that follow it, servers of a release
-- without totals sell as a role that has no rights on them. It looks for the table where the schema is, so no other table of that
-- name is taken for it.
ALTER FUNCTION count_purchases() SECURITY DEFINER SET search_path = public, pg_temp;
