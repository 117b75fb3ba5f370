-- The function deletes as the owner of the schema: a change of a receiver comes from a role that may delete no total. It looks
-- for the table where the schema is, so no other table of that name is taken for it.
ALTER FUNCTION forget_received_totals() SECURITY DEFINER SET search_path = public, pg_temp;
