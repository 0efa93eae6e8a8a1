package exchange

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

var (
	uuidForm     = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	languageForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	keyForm      = regexp.MustCompile(`^([0-9A-F]{40}|[0-9A-F]{64})$`)
	hashForm     = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

const identityPrefix = "identity--"

// Normalize returns t with tidy fields, or every mistake in it at once. A team
// that is to be confirmed must be reachable: it needs a contact.
func (t Team) Normalize() (Team, error) {
	var m mistakes
	m.line("name", &t.Name, 200, "give the team's name")
	if c, err := inventory.ParseCountry(t.Country); err != nil {
		m.keep(err)
	} else {
		t.Country = c
	}
	oneOf(&m, "state", &t.State, []TeamState{TeamExample, TeamConfirmed, TeamFormer}, TeamExample)
	m.webAddress("rfc2350", &t.RFC2350)
	t.Memberships = m.lines("memberships", t.Memberships, 100)
	t.Contacts = slices.Clone(t.Contacts)
	for i := range t.Contacts {
		m.contact(fmt.Sprintf("contacts[%d]", i), &t.Contacts[i])
	}
	if t.State == TeamConfirmed && len(t.Contacts) == 0 {
		m.add("contacts", "", "are missing", "a confirmed team needs at least one contact")
	}
	m.namespaces(&t)
	m.identities(&t)
	t.TimeZone = strings.TrimSpace(t.TimeZone)
	if _, err := time.LoadLocation(t.TimeZone); err != nil || t.TimeZone == "Local" {
		m.add("time zone", t.TimeZone, "unknown time zone", "use an IANA name, such as Asia/Kathmandu")
	}
	t.Languages = m.lines("languages", t.Languages, 35)
	for i, l := range t.Languages {
		if !languageForm.MatchString(l) {
			m.add(fmt.Sprintf("languages[%d]", i), l, "not a language tag", "write it like en or si-LK")
		}
	}
	m.profile(&t.Profile)
	if err := m.join(); err != nil {
		return Team{}, err
	}
	return t, nil
}

func (m *mistakes) webAddress(field string, s *string) {
	m.line(field, s, 2000, "")
	if *s == "" {
		return
	}
	if u, err := url.Parse(*s); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		m.add(field, *s, "not a web address", "write it like https://cert.example.org/rfc2350.txt")
	}
}

func (m *mistakes) lines(field string, all []string, max int) []string {
	out := []string{}
	for i, s := range all {
		m.line(fmt.Sprintf("%s[%d]", field, i), &s, max, "write something, or take the line out")
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (m *mistakes) contact(field string, c *Contact) {
	oneOf(m, field+".role", &c.Role, []ContactRole{PointOfContact, FocalPoint, Exchange, Legal, LawEnforcement}, PointOfContact)
	m.line(field+".name", &c.Name, 200, "")
	m.email(field+".email", &c.Email)
	m.line(field+".phone", &c.Phone, 50, "")
	switch {
	case c.Email == "" && c.Phone == "":
		m.add(field, c.Name, "cannot be reached", "give an e-mail address or a telephone number")
	case c.Email == "" && (c.Role == Exchange || c.Role == LawEnforcement):
		m.add(field+".email", c.Name, "is missing", "advisories go there by mail")
	}
}

// namespaces are how documents name their publisher: two teams must not share
// one, which the store sees to.
func (m *mistakes) namespaces(t *Team) {
	out := []string{}
	for i, n := range t.Namespaces {
		field := fmt.Sprintf("namespaces[%d]", i)
		m.webAddress(field, &n)
		if n == "" {
			m.add(field, "", "is empty", "give the publisher's namespace as in its CSAF documents, or take the line out")
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	t.Namespaces = out
}

func (m *mistakes) identities(t *Team) {
	t.MISPOrg = strings.ToLower(strings.TrimSpace(t.MISPOrg))
	if t.MISPOrg != "" && !uuidForm.MatchString(t.MISPOrg) {
		m.add("misp_org", t.MISPOrg, "not a UUID", "copy it from the organisation's page in their MISP")
	}
	t.STIXIdentity = strings.ToLower(strings.TrimSpace(t.STIXIdentity))
	if id, ok := strings.CutPrefix(t.STIXIdentity, identityPrefix); t.STIXIdentity != "" && (!ok || !uuidForm.MatchString(id)) {
		m.add("stix_identity", t.STIXIdentity, "not the id of an identity object", "write it like identity--f431f809-377b-45e0-aa1c-6a4751cae5ff")
	}
}

func (m *mistakes) profile(p *Profile) {
	all := []Treatment{Keep, Coarsen, Drop}
	for _, f := range []struct {
		field string
		t     *Treatment
	}{
		{"organization", &p.Organization},
		{"address", &p.Address},
		{"hostname", &p.Hostname},
		{"site", &p.Site},
		{"sector", &p.Sector},
		{"evidence", &p.Evidence},
	} {
		oneOf(m, "profile."+f.field, f.t, all, Drop)
	}
}

// Normalize returns k as it is pinned, or every mistake in it. Whether the
// armoured text is that key is for exchange/pgp to say.
func (k Key) Normalize() (Key, error) {
	var m mistakes
	k.Fingerprint = strings.ToUpper(strings.Join(strings.Fields(k.Fingerprint), ""))
	if !keyForm.MatchString(k.Fingerprint) {
		m.add("fingerprint", k.Fingerprint, "not the fingerprint of an OpenPGP key", "give all 40 hexadecimal digits: a short id can be forged")
	}
	if strings.TrimSpace(k.Armored) == "" {
		m.add("key", "", "is missing", "give the armoured public key")
	}
	if strings.Contains(k.Armored, "PRIVATE KEY") {
		m.add("key", "", "is a private key", "give the public one, and tell them that theirs is known")
	}
	if k.ValidUntil != nil && !k.ValidUntil.After(k.ValidFrom) {
		m.add("valid_until", k.ValidUntil.Format(time.DateOnly), "is not after the key begins to count", "")
	}
	m.verified(&k.VerifiedBy, &k.VerifiedHow)
	return k, m.join()
}

// Normalize returns c as it is pinned, or every mistake in it.
func (c Certificate) Normalize() (Certificate, error) {
	var m mistakes
	c.SHA256 = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(c.SHA256))
	if !hashForm.MatchString(c.SHA256) {
		m.add("sha256", c.SHA256, "not a SHA-256 fingerprint", "give all 64 hexadecimal digits")
	}
	m.line("subject", &c.Subject, 500, "")
	if !c.ValidUntil.After(c.ValidFrom) {
		m.add("valid_until", c.ValidUntil.Format(time.DateOnly), "is not after the certificate begins to count", "")
	}
	m.verified(&c.VerifiedBy, &c.VerifiedHow)
	return c, m.join()
}

func (m *mistakes) verified(by, how *string) {
	m.line("verified_by", by, 200, "say who compared the fingerprint")
	m.line("verified_how", how, 500, "say how, such as: MoU annex B, read out by telephone")
}

// KeyID is a fingerprint as people compare it: in groups of four.
func (k Key) KeyID() string {
	var b strings.Builder
	for i, r := range k.Fingerprint {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Normalize returns k as it is kept, or every mistake in it. An API key ends:
// at most two years after it was given out, and that day counts whole.
func (k APIKey) Normalize() (APIKey, error) {
	var m mistakes
	m.line("name", &k.Name, 100, "say what the key is for")
	if raw, err := hex.DecodeString(k.SHA256); err != nil || len(raw) != 32 {
		m.add("sha256", "", "not a SHA-256 hash", "")
	}
	if k.ExpiresAt.IsZero() || k.ExpiresAt.After(k.AddedAt.AddDate(2, 0, 1)) {
		m.add("expires_at", cmp.Or(k.ExpiresAt, k.AddedAt).Format(time.DateOnly), "is missing or more than two years ahead", "give the day on which it ends")
	}
	return k, m.join()
}

// Usable tells whether the key opens doors at the given time.
func (k APIKey) Usable(at time.Time) bool {
	return (k.RevokedAt == nil || at.Before(*k.RevokedAt)) && at.Before(k.ExpiresAt)
}
