-- Tokens of an organisation's own people see that organisation only.
ALTER TABLE tokens ADD COLUMN org_id text REFERENCES organizations;
UPDATE tokens SET revoked_at = now() WHERE role = 'operator' AND revoked_at IS NULL; -- they were bound to none
ALTER TABLE tokens ADD CHECK ((role IN ('operator', 'operator_admin')) = (org_id IS NOT NULL)) NOT VALID;
