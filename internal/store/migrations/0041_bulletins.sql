-- Advisories as our own operators read them: in their languages, without who
-- else is concerned. An advisory has one, which its next revision replaces.
CREATE TABLE bulletins (
	num          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id           text PRIMARY KEY REFERENCES advisories,
	version      integer NOT NULL,
	tlp          text NOT NULL CHECK (tlp IN ('clear', 'green', 'amber')),
	checks       text[] NOT NULL, -- that find what it is about
	document     jsonb NOT NULL,
	published_at timestamptz NOT NULL,
	withdrawn_at timestamptz
);
CREATE INDEX bulletins_published ON bulletins (published_at);

-- Everybody reads what may be told to everybody; the rest is for those who
-- have, or had, what it is about. The findings here are those of the reader.
ALTER TABLE bulletins ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_concern ON bulletins TO ciiscan_operator
	USING (tlp IN ('clear', 'green') OR EXISTS (SELECT 1 FROM findings f WHERE f.check_id = ANY (checks)));
GRANT SELECT ON bulletins TO ciiscan_operator;

ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check CHECK (kind IN ('weekly', 'alert', 'reminder', 'waiver_ending',
	'permission_ending', 'unconfirmed', 'advisory', 'digest', 'verify'));
