-- What a scanner or another program wrote has columns of its own, which nobody
-- is asked about and no mapping is kept of.
ALTER TABLE imports ADD format text NOT NULL DEFAULT '' CHECK (format IN ('', 'nmap', 'cyclonedx'));
