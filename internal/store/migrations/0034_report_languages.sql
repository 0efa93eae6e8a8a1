-- What people read of a report is there in each language of its readers: ''
-- for files for programs, and for those of before, which were in one language.
ALTER TABLE report_files ADD COLUMN language text NOT NULL DEFAULT '';
