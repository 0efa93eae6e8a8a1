-- What operators are told by mail, and what became of it.

CREATE TABLE notices (
	num          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id           text GENERATED ALWAYS AS ('N-' || num::text) STORED PRIMARY KEY,
	org_id       text NOT NULL REFERENCES organizations,
	contact_id   text NOT NULL, -- stays when the contact goes
	role         text NOT NULL,
	address      text NOT NULL,
	kind         text NOT NULL CHECK (kind IN ('weekly', 'alert', 'reminder', 'waiver_ending', 'permission_ending',
	             'unconfirmed', 'digest', 'verify')),
	language     text NOT NULL,
	bilingual    boolean NOT NULL,
	letter       jsonb NOT NULL,
	state        text NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'bounced', 'dry_run', 'cancelled')),
	protection   text NOT NULL CHECK (protection IN ('', 'plain', 'link', 'pgp', 'smime')),
	message_id   text NOT NULL UNIQUE,
	thread       text NOT NULL,
	token        text NOT NULL UNIQUE,
	attempts     integer NOT NULL,
	next_at      timestamptz NOT NULL,
	last_error   text NOT NULL,
	created_at   timestamptz NOT NULL,
	sent_at      timestamptz,
	bounced_at   timestamptz,
	confirmed_at timestamptz,
	confirmed_by text NOT NULL,
	resend_of    text NOT NULL
);
CREATE INDEX notices_org ON notices (org_id, num);
CREATE INDEX notices_contact ON notices (contact_id, created_at);
CREATE INDEX notices_state ON notices (state, num);
CREATE INDEX notices_kind ON notices (kind, num);
CREATE INDEX notices_due ON notices (next_at) WHERE state = 'queued';
CREATE INDEX notices_unconfirmed ON notices (sent_at) WHERE kind = 'weekly' AND confirmed_at IS NULL;

-- One thing to tell one contact, once. Without a notice it waits, unless it is
-- settled: there was nothing to tell any more.
CREATE TABLE notice_items (
	num        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org_id     text NOT NULL REFERENCES organizations,
	contact_id text NOT NULL,
	kind       text NOT NULL,
	object     text NOT NULL,
	stage      text NOT NULL,
	due_at     timestamptz NOT NULL,
	held       boolean NOT NULL,
	notice_num bigint REFERENCES notices (num),
	settled_at timestamptz,
	UNIQUE (contact_id, kind, object, stage)
);
CREATE INDEX notice_items_waiting ON notice_items (contact_id, num) WHERE settled_at IS NULL;
CREATE INDEX notice_items_object ON notice_items (object, notice_num);
CREATE INDEX notice_items_notice ON notice_items (notice_num);

-- What is known of a contact's mail, beside the register's own record.
CREATE TABLE contact_mail (
	contact_id        text PRIMARY KEY,
	org_id            text NOT NULL REFERENCES organizations,
	bilingual         boolean NOT NULL DEFAULT false,
	problem           text NOT NULL DEFAULT '' CHECK (problem IN ('', 'bounced', 'key_expired', 'key_broken')),
	problem_at        timestamptz,
	problem_detail    text NOT NULL DEFAULT '',
	code_sha256       text NOT NULL DEFAULT '', -- of a code that was mailed
	code_until        timestamptz,
	code_tries        integer NOT NULL DEFAULT 0,
	verified_at       timestamptz,
	verified_address  text NOT NULL DEFAULT ''
);
CREATE INDEX contact_mail_problem ON contact_mail (problem_at) WHERE problem <> '';
CREATE INDEX contact_mail_org ON contact_mail (org_id);

-- How far the events of findings were read, and of which day each organisation
-- was looked through. Numbers are given out before transactions end, so events
-- up to the floor were read, and those behind it are read again until the mark
-- is old enough to become the floor.
CREATE TABLE notice_clock (
	one       boolean PRIMARY KEY DEFAULT true CHECK (one),
	floor     bigint NOT NULL,
	mark      bigint NOT NULL,
	marked_at timestamptz NOT NULL
);
CREATE TABLE notice_days (
	org_id text PRIMARY KEY REFERENCES organizations,
	day    date NOT NULL
);

-- Messages that came back, as far as they could be read. Each counts once.
CREATE TABLE bounces (
	num         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	sha256      text NOT NULL UNIQUE,
	received_at timestamptz NOT NULL,
	notice_num  bigint REFERENCES notices (num), -- NULL: of no notice of ours
	recipient   text NOT NULL,
	action      text NOT NULL,
	status      text NOT NULL,
	diagnostic  text NOT NULL,
	hard        boolean NOT NULL
);
CREATE INDEX bounces_notice ON bounces (notice_num);

-- For reminders, which go by deadlines and ends.
CREATE INDEX findings_org_due ON findings (org_id, due_at) WHERE detection <> 'fixed' AND due_at IS NOT NULL;
CREATE INDEX findings_org_waiver_until ON findings (org_id, waiver_until) WHERE detection <> 'fixed' AND waiver_until IS NOT NULL;
CREATE INDEX authorizations_org_until ON authorizations (org_id, valid_until) WHERE state = 'active';

-- An organisation's people see what was sent to them, confirm that they read
-- it, and type in the codes of test mails. What they write else is ours.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['notices', 'notice_items', 'contact_mail'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY of_organization ON %I TO ciiscan_operator USING (org_id = bound_org())', name);
		EXECUTE format('GRANT SELECT ON %I TO ciiscan_operator', name);
	END LOOP;
END $$;
GRANT UPDATE (confirmed_at, confirmed_by) ON notices TO ciiscan_operator;
GRANT UPDATE (code_sha256, code_tries, verified_at, verified_address, problem) ON contact_mail TO ciiscan_operator;
