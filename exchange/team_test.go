package exchange

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

func TestExamples(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range Examples() {
		y, err := x.Normalize()
		if err != nil || y.State != TeamExample || y.Name != x.Name {
			t.Errorf("%+v: %v", x, err)
		}
		if len(x.Contacts)+len(x.Keys)+len(x.Namespaces) > 0 {
			t.Errorf("%s claims more than its name and country", x.Name)
		}
		seen[x.Country] = true
	}
	if len(seen) != 7 {
		t.Errorf("countries %v", seen)
	}
}

func TestTeamNormalize(t *testing.T) {
	good := Team{
		Name: "  npCERT ", Country: "np", State: TeamConfirmed, RFC2350: "https://cert.example/rfc2350.txt", Memberships: []string{"FIRST", "FIRST"},
		Contacts: []Contact{{Role: Exchange, Email: "ex@cert.example"}}, Namespaces: []string{"https://cert.example"},
		MISPOrg: "F431F809-377B-45E0-AA1C-6A4751CAE5FF", STIXIdentity: "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
		TimeZone: "Asia/Kathmandu", Languages: []string{"ne", "en-GB"}, Profile: Profile{Address: Coarsen},
	}
	got, err := good.Normalize()
	if err != nil || got.Name != "npCERT" || got.Country != "NP" || len(got.Memberships) != 1 || got.MISPOrg != strings.ToLower(good.MISPOrg) || got.Profile.Site != Drop {
		t.Errorf("%v: %+v", err, got)
	}
	for field, spoil := range map[string]func(*Team){
		"name":              func(t *Team) { t.Name = " " },
		"country":           func(t *Team) { t.Country = "XX" },
		"state":             func(t *Team) { t.State = "friend" },
		"rfc2350":           func(t *Team) { t.RFC2350 = "javascript:alert(1)" },
		"contacts":          func(t *Team) { t.Contacts = nil },
		"contacts[0]":       func(t *Team) { t.Contacts = []Contact{{Role: Legal, Name: "X"}} },
		"contacts[0].email": func(t *Team) { t.Contacts = []Contact{{Role: LawEnforcement, Phone: "1"}} },
		"contacts[0].role":  func(t *Team) { t.Contacts[0].Role = "boss" },
		"namespaces[0]":     func(t *Team) { t.Namespaces = []string{"cert.example"} },
		"misp_org":          func(t *Team) { t.MISPOrg = "7" },
		"stix_identity":     func(t *Team) { t.STIXIdentity = "f431f809-377b-45e0-aa1c-6a4751cae5ff" },
		"time zone":         func(t *Team) { t.TimeZone = "Local" },
		"languages[0]":      func(t *Team) { t.Languages = []string{"english language"} },
		"profile.evidence":  func(t *Team) { t.Profile.Evidence = "blur" },
		"profile.hostname":  func(t *Team) { t.Profile.Hostname = "most" },
		"memberships[0]":    func(t *Team) { t.Memberships = []string{""} },
	} {
		bad := good
		bad.Contacts = slices.Clone(good.Contacts)
		spoil(&bad)
		if _, err := bad.Normalize(); !slices.Equal(fieldsOf(err), []string{field}) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func goodKey() *Key {
	until := now.AddDate(1, 0, 0)
	return &Key{Fingerprint: strings.Repeat("ab cd", 10), Armored: "-----BEGIN PGP PUBLIC KEY BLOCK-----", ValidFrom: now, ValidUntil: &until, VerifiedBy: "anu", VerifiedHow: "annex B"}
}

func TestKeyChange(t *testing.T) {
	team := Team{ID: "TEAM-3"}
	c, err := NewKeyChange(team, KeyChange{Kind: OpenPGP, Key: goodKey(), Reason: "first"}, "anu", now)
	if err != nil || c.Fingerprint != strings.Repeat("ABCD", 10) || c.Team != "TEAM-3" {
		t.Fatalf("%+v: %v", c, err)
	}
	if err := c.Apply(&team); !errors.Is(err, inventory.ErrConflict) || len(team.Keys) > 0 {
		t.Errorf("an unconfirmed key counts: %v", err)
	}
	if err := c.Confirm(" ANU", now); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("confirmed by who asked: %v", err)
	}
	if err := c.Confirm("", now); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("confirmed by nobody: %v", err)
	}
	if err := c.Confirm("bimal", now); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Confirm("chandra", now)); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("confirmed twice: %v", err)
	}
	if err := c.Reject("chandra", now); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("rejected after all: %v", err)
	}
	other := Team{ID: "TEAM-4"}
	if err := c.Apply(&other); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("applied to another team: %v", err)
	}
	if err := c.Apply(&team); err != nil || len(team.Keys) != 1 || !team.Keys[0].Usable(now) {
		t.Fatalf("%+v: %v", team.Keys, err)
	}
	if err := c.Apply(&team); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("applied twice: %v", err)
	}
	if _, err := NewKeyChange(team, KeyChange{Kind: OpenPGP, Key: goodKey(), Reason: "again"}, "anu", now); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("the same key again: %v", err)
	}
	gone, err := NewKeyChange(team, KeyChange{Kind: OpenPGP, Revoke: true, Fingerprint: strings.Repeat("ab:cd:", 10), Reason: "lost"}, "bimal", now)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(gone.Confirm("anu", now.Add(time.Hour)), gone.Apply(&team)); err != nil {
		t.Fatal(err)
	}
	if team.Keys[0].Usable(now.Add(time.Hour)) || !team.Keys[0].Usable(now) {
		t.Errorf("revoked: %+v", team.Keys[0])
	}
}

func TestKeyChangeOfCertificates(t *testing.T) {
	team := Team{ID: "TEAM-3"}
	cert := &Certificate{SHA256: strings.Repeat("AB:", 31) + "AB", ValidFrom: now, ValidUntil: now.AddDate(1, 0, 0), VerifiedBy: "anu", VerifiedHow: "annex B"}
	c, err := NewKeyChange(team, KeyChange{Kind: TLS, Certificate: cert, Reason: "first"}, "anu", now)
	if err := errors.Join(err, c.Confirm("bimal", now), c.Apply(&team)); err != nil || !team.Certificates[0].Usable(now) {
		t.Fatalf("%+v: %v", team, err)
	}
	for name, c := range map[string]KeyChange{
		"no reason":         {Kind: OpenPGP, Key: goodKey()},
		"no kind":           {Key: goodKey(), Reason: "x"},
		"a key for TLS":     {Kind: TLS, Key: goodKey(), Reason: "x"},
		"nothing":           {Kind: TLS, Reason: "x"},
		"unknown to revoke": {Kind: TLS, Revoke: true, Fingerprint: "aa", Reason: "x"},
		"a short id":        {Kind: OpenPGP, Key: &Key{Fingerprint: "ABCD1234", Armored: "x", VerifiedBy: "a", VerifiedHow: "b"}, Reason: "x"},
		"not verified":      {Kind: OpenPGP, Key: &Key{Fingerprint: strings.Repeat("12", 20), Armored: "x"}, Reason: "x"},
	} {
		if _, err := NewKeyChange(team, c, "anu", now); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRevocationSaysWhatToWrite(t *testing.T) {
	team := Team{ID: "TEAM-1", Certificates: []Certificate{{SHA256: strings.Repeat("ab", 32)}}}
	for kind, want := range map[CredentialKind]string{OpenPGP: "say so: --kind tls", TLS: ""} {
		_, err := NewKeyChange(team, KeyChange{Kind: kind, Revoke: true, Fingerprint: strings.Repeat("AB:", 31) + "AB", Reason: "lost"}, "anu", now)
		if got := inventory.HintOf(err); got != want {
			t.Errorf("a certificate as %s: hint %q, want %q (%v)", kind, got, want, err)
		}
	}
	_, err := NewKeyChange(team, KeyChange{Kind: TLS, Revoke: true, Fingerprint: "aa", Reason: "lost"}, "anu", now)
	if got := inventory.HintOf(err); !strings.Contains(got, "ciiscan peer show TEAM-1") {
		t.Errorf("of nothing: hint %q (%v)", got, err)
	}
}

func TestReminders(t *testing.T) {
	in := func(days int) *time.Time { x := now.AddDate(0, 0, days); return &x }
	at := func(days int) time.Time { return *in(days) }
	pact := func(id AgreementID, days int) Agreement {
		return Agreement{ID: id, State: AgreementSigned, EffectiveAt: at(-900), ExpiresAt: at(days)}
	}
	over := pact("AGR-6", 20)
	over.State = AgreementTerminated
	review := pact("AGR-7", 400)
	review.ReviewAt = at(10)
	held := review
	held.ID, held.Meetings = "AGR-8", []Meeting{{At: at(10)}}
	interim := func(id advisory.ID, state advisory.State, out int) advisory.Advisory {
		return advisory.Advisory{ID: id, Interim: true, State: state, UpdatedAt: at(-1), History: []advisory.Change{
			{Revision: 1, At: at(out), Released: true}, {Revision: 2, At: at(-2), Released: false},
		}}
	}
	f := ReminderFacts{
		Agreements: []Agreement{pact("AGR-1", 91), pact("AGR-2", 90), pact("AGR-3", 30), pact("AGR-4", -5), pact("AGR-5", -100), over, review, held},
		Teams: []Team{
			{
				ID: "TEAM-1", Name: "X", Keys: []Key{{Fingerprint: "AAAA", ValidUntil: in(40)}, {Fingerprint: "BBBB"}, {Fingerprint: "CCCC", ValidUntil: in(3), RevokedAt: in(-1)}},
				Certificates: []Certificate{{SHA256: "dddd", ValidUntil: at(12)}}, APIKeys: []APIKey{{Name: "poll", ExpiresAt: at(89)}},
			},
			{ID: "TEAM-2", State: TeamFormer, APIKeys: []APIKey{{Name: "old", ExpiresAt: at(5)}}},
		},
		OurKeys: []Key{{Fingerprint: "EEEE", ValidUntil: in(60)}},
		Advisories: []advisory.Advisory{
			interim("ADV-1", advisory.Released, -20), interim("ADV-2", advisory.Released, -21),
			interim("ADV-3", advisory.Draft, -42), interim("ADV-5", advisory.Withdrawn, -42),
			{ID: "ADV-4", State: advisory.Released, UpdatedAt: at(-42), History: []advisory.Change{{Revision: 1, At: at(-42), Released: true}}},
		},
		Deliveries: []Delivery{
			{Release: "REL-1", AckBy: in(-1)},
			{Release: "REL-2", AckBy: in(-1), AckAt: in(-1)},
			{Release: "REL-3", AckBy: in(1)},
			{Release: "REL-4", AckBy: in(-1), State: DeliveryStopped},
			{Release: "REL-5"},
		},
		Sources: []Source{
			{ID: "SRC-1", Every: time.Hour, LastGood: in(-3), LastError: "refused"},
			{ID: "SRC-2", Every: time.Hour, LastGood: in(-1)},
			{ID: "SRC-3", Every: time.Hour, LastGood: in(-9), Paused: true},
			{ID: "SRC-4", Every: 48 * time.Hour, LastGood: in(-3)},
			{ID: "SRC-5", CreatedAt: at(-4)},
		},
	}
	var got []string
	for _, r := range Reminders(f, now) {
		word := r.Object
		if r.Urgent {
			word += "!"
		}
		got = append(got, word)
		if r.What == "" || r.Kind == "" {
			t.Errorf("%+v says nothing", r)
		}
	}
	slices.Sort(got)
	want := "AAAA ADV-2 ADV-3! AGR-2 AGR-3! AGR-4! AGR-7 EEEE REL-1! SRC-1! SRC-5! dddd! poll"
	if strings.Join(got, " ") != want {
		t.Errorf("reminders %v, want %s", got, want)
	}
}
