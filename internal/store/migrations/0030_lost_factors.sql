-- A link that sets anew how somebody signs in, instead of making an account.
ALTER TABLE invitations ADD renews text REFERENCES accounts;
CREATE INDEX invitations_renews ON invitations (renews) WHERE accepted_at IS NULL AND revoked_at IS NULL;
