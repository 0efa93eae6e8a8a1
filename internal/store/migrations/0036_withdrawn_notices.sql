-- A notice that was told to operators by an act can be taken back with the
-- act. Comments are never changed: another line says that one is withdrawn.
ALTER TABLE finding_comments
	ADD COLUMN bulk_id   text,                                  -- the act that wrote it
	ADD COLUMN withdraws bigint REFERENCES finding_comments;    -- the comment that this line takes back
