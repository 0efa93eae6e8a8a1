-- By what right things are shared, and what operators say to it.

CREATE TABLE agreements (
	num             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id              text GENERATED ALWAYS AS ('AGR-' || num::text) STORED PRIMARY KEY,
	team_id         text NOT NULL REFERENCES teams,
	reference       text NOT NULL CHECK (reference <> ''),
	title           text NOT NULL,
	ours            jsonb NOT NULL,
	theirs          jsonb NOT NULL,
	state           text NOT NULL CHECK (state IN ('draft', 'signed', 'active', 'suspended', 'expired', 'terminated')),
	signed_at       timestamptz,
	effective_at    timestamptz NOT NULL,
	expires_at      timestamptz NOT NULL CHECK (expires_at > effective_at),
	auto_renew      boolean NOT NULL,
	notice_days     integer NOT NULL CHECK (notice_days >= 0),
	review_at       timestamptz,
	document_name   text NOT NULL,
	document_sha256 text REFERENCES documents,
	reciprocity     text NOT NULL,
	give            jsonb NOT NULL,
	take            jsonb NOT NULL,
	committee       jsonb NOT NULL,
	meetings        jsonb NOT NULL,
	themes          jsonb NOT NULL,
	ended_by        text NOT NULL,
	ended_why       text NOT NULL,
	ended_at        timestamptz,
	created_at      timestamptz NOT NULL,
	-- What was never signed, with the text to show for it, allows nothing.
	CHECK (state IN ('draft', 'terminated') OR signed_at IS NOT NULL AND document_sha256 IS NOT NULL)
);
CREATE UNIQUE INDEX agreements_reference ON agreements (team_id, lower(reference));
CREATE INDEX agreements_team ON agreements (team_id, num);

ALTER TABLE assets ADD consent text NOT NULL DEFAULT 'none' CHECK (consent IN ('none', 'anonymised', 'identified'));
