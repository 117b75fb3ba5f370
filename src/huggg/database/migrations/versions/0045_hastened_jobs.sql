-- The instant to which a job was hastened while an attempt was under way: the attempt puts it back for that instant, at the
-- latest. Workers of older releases put it back for the instant that they know of.
ALTER TABLE jobs ADD COLUMN hastened_to timestamptz;
