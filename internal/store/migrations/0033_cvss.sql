-- How bad a weakness is by itself: as the check's template says.
ALTER TABLE checks
	ADD cvss        numeric(3, 1) NOT NULL DEFAULT 0 CHECK (cvss BETWEEN 0 AND 10),
	ADD cvss_vector text NOT NULL DEFAULT '';
