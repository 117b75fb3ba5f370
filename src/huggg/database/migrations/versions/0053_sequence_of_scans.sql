-- The moves of a huggg before the code that a device scanned was signed. Null where a server of an older release took the scan in.
ALTER TABLE offline_scans ADD COLUMN sequence bigint;
