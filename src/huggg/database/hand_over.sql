-- Makes the role that owns the schema, and gives it the objects of another role: an older release worked as
-- the superuser. The superuser runs it at every start; a repeated run changes nothing.
SET lock_timeout = '5s';

DO $$
DECLARE
    alteration text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'huggg_owner') THEN
        CREATE ROLE huggg_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_database
                    WHERE datname = current_database() AND datdba = 'huggg_owner'::regrole) THEN
        EXECUTE format('ALTER DATABASE %I OWNER TO huggg_owner', current_database());
    END IF;
    FOR alteration IN
        -- A sequence of a column goes with its table.
        SELECT format('ALTER %s %s OWNER TO huggg_owner',
                      CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                                   ELSE 'TABLE' END, oid::regclass)
          FROM pg_class c
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
           AND relowner <> 'huggg_owner'::regrole
           AND NOT EXISTS (SELECT FROM pg_depend
                            WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype IN ('a', 'i')
                              AND relkind = 'S')
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO huggg_owner', oid::regprocedure)
          FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND proowner <> 'huggg_owner'::regrole
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO huggg_owner', oid::regtype)
          FROM pg_type
         WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
           AND typowner <> 'huggg_owner'::regrole
    LOOP
        EXECUTE alteration;
    END LOOP;
END $$;
