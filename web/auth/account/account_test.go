package account

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func TestRoles(t *testing.T) {
	for _, r := range Roles() {
		if errors.Is(CheckRole(r, ""), inventory.ErrInvalid) && errors.Is(CheckRole(r, "ORG-1"), inventory.ErrInvalid) {
			t.Errorf("no account can be a %s", r)
		}
	}
	for _, c := range []struct {
		role Role
		org  inventory.OrganizationID
		ok   bool
	}{
		{"administrator", "", true},
		{"administrator", "ORG-1", false},
		{"analyst", "", true},
		{"operator", "ORG-1", true},
		{"operator_admin", "ORG-1", true},
		{"operator", "", false},
		{"operator_admin", "", false},
		{"", "", false},
		{"Administrator", "", false},
		{"emperor", "", false},
	} {
		if err := CheckRole(c.role, c.org); (err == nil) != c.ok || err != nil && inventory.HintOf(err) == "" {
			t.Errorf("CheckRole(%q, %q) = %v, want ok %t and a hint", c.role, c.org, err, c.ok)
		}
	}
}

func TestParseName(t *testing.T) {
	for typed, want := range map[string]string{
		"amara":                 "amara",
		" Amara.P ":             "amara.p",
		"a@example.org":         "a@example.org",
		"ab":                    "",
		"":                      "",
		"local:root":            "",
		"scheduler":             "",
		"Stranger":              "",
		"a b c":                 "",
		"amara-":                "",
		"аmara":                 "", // a Cyrillic a
		"amara\u202e":           "",
		"amara\n":               "amara",
		strings.Repeat("x", 64): strings.Repeat("x", 64),
		strings.Repeat("x", 65): "",
	} {
		got, err := ParseName(typed)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseName(%q) = %q, %v, want %q", typed, got, err, want)
		}
	}
}

func TestRecoveryCodes(t *testing.T) {
	codes := NewRecoveryCodes()
	if err := CheckRecovery(HashAllRecovery(codes)); err != nil {
		t.Errorf("a new set: %v", err)
	}
	form := regexp.MustCompile(`^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$`)
	for _, c := range codes {
		if !form.MatchString(c) {
			t.Errorf("code %q has another form", c)
		}
		want := HashRecovery(c)
		sloppy := strings.NewReplacer("-", " ", "0", "O", "1", "l").Replace(strings.ToUpper(c))
		if HashRecovery(sloppy) != want || HashRecovery(strings.ReplaceAll(c, "-", "")) != want {
			t.Errorf("code %q typed as %q is another", c, sloppy)
		}
		if HashSecret(c) == want {
			t.Error("a recovery code hashes like a session's secret")
		}
	}
	same := HashAllRecovery(codes)
	same[1] = same[0]
	wantInvalid(t, "the same code twice", CheckRecovery(same))
	wantInvalid(t, "nine codes", CheckRecovery(same[:9]))
}

func wantInvalid(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, inventory.ErrInvalid) || inventory.HintOf(err) == "" {
		t.Errorf("%s = %v, want an input error with a hint", what, err)
	}
}

func TestSecretsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		s := NewSecret()
		if len(s) != 43 || seen[s] {
			t.Fatalf("secret %q is short or came twice", s)
		}
		seen[s] = true
	}
}

func TestSessionEnds(t *testing.T) {
	s := Session{CreatedAt: start, SeenAt: start, Until: start.Add(Lifetime)}
	if !s.Live(start.Add(Idle-1)) || s.Live(start.Add(Idle)) {
		t.Error("an idle session does not end after its idle time")
	}
	s.SeenAt = s.Until.Add(-time.Minute)
	if !s.Live(s.Until.Add(-1)) || s.Live(s.Until) {
		t.Error("a busy session does not end at its absolute end")
	}
	at := start.Add(time.Minute)
	s.RevokedAt = &at
	if s.Live(at) || !s.Live(at.Add(-1)) {
		t.Error("a revoked session does not end when it was revoked")
	}
}

func TestBrowserClean(t *testing.T) {
	got := Browser{Source: netip.MustParseAddr("::ffff:192.0.2.1"), Agent: "Moz\x1b[31m\u202eilla\r\n" + strings.Repeat("x", 500)}.Clean()
	if got.Source != netip.MustParseAddr("192.0.2.1") || len(got.Agent) != 200 || !strings.HasPrefix(got.Agent, "Moz[31millax") {
		t.Errorf("Clean() = %+v", got)
	}
}

func TestNetwork(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7":               "192.0.2.7/32",
		"::ffff:192.0.2.7":        "192.0.2.7/32",
		"2001:db8:0:12ff::1":      "2001:db8:0:1200::/56",
		"fe80::1%eth0":            "fe80::/56",
		"2001:db8:0:1200:ab:cd::": "2001:db8:0:1200::/56",
	} {
		if got := Network(netip.MustParseAddr(addr)); got.String() != want {
			t.Errorf("Network(%s) = %s, want %s", addr, got, want)
		}
	}
	if Network(netip.Addr{}).IsValid() {
		t.Error("no address has a network")
	}
}

func TestThrottleGrowsAndForgets(t *testing.T) {
	for name, th := range map[string]Throttle{"source": PerSource(), "account": PerAccount()} {
		var f Failures
		var waits []time.Duration
		now := start
		for range 40 {
			f = th.Fail(f, now)
			w := th.Wait(f, now)
			waits = append(waits, w)
			now = now.Add(w)
		}
		for i, w := range waits {
			switch {
			case i < th.Free && w != 0:
				t.Errorf("%s: failure %d costs %s, want nothing", name, i+1, w)
			case i == th.Free && w != th.First:
				t.Errorf("%s: the first wait is %s, want %s", name, w, th.First)
			case i > th.Free && w != min(2*waits[i-1], th.Most):
				t.Errorf("%s: %s follows %s", name, w, waits[i-1])
			}
		}
		if f = th.Fail(f, now.Add(th.Forget)); f.Count != 1 {
			t.Errorf("%s: %d failures are remembered after %s", name, f.Count, th.Forget)
		}
		if w := th.Wait(Failures{Count: 99, Last: start.Add(1000 * time.Hour)}, start); w > th.Most {
			t.Errorf("%s: a clock that was put back makes wait %s", name, w)
		}
	}
}

// Whatever strangers do, a person is let in at once from a known place, and
// from a new place with one try; and nobody waits longer than the longest wait.
func TestStrangersLockNobodyOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		now := start.Add(time.Duration(r.Int64N(int64(48 * time.Hour))))
		attacked := Failures{Count: r.IntN(1_000_000), Last: start.Add(time.Duration(r.Int64N(int64(48 * time.Hour))))}
		mine := Failures{Count: r.IntN(50), Last: start.Add(time.Duration(r.Int64N(int64(48 * time.Hour))))}
		if w := Admit(Failures{}, attacked, true, now); w != 0 {
			t.Fatalf("a known place waits %s for strangers' failures", w)
		}
		if w := Admit(Failures{}, attacked, false, now); w != 0 {
			t.Fatalf("a new place waits %s for its first try", w)
		}
		if got, want := Admit(mine, attacked, true, now), PerSource().Wait(mine, now); got != want {
			t.Fatalf("a known place waits %s, want for its own failures only, %s", got, want)
		}
		if w := Admit(mine, attacked, false, now); w > PerSource().Most {
			t.Fatalf("wait %s", w)
		}
	}
}

// One source that never rests has few tries a day.
func TestOneSourceHasFewTries(t *testing.T) {
	var mine Failures
	tries := 0
	for now := start; now.Before(start.Add(24 * time.Hour)); tries++ {
		if w := Admit(mine, Failures{}, true, now); w > 0 {
			now = now.Add(w)
		}
		mine = PerSource().Fail(mine, now)
	}
	if tries < 50 || tries > 120 {
		t.Errorf("%d tries a day", tries)
	}
}

func TestThrottledErrorTellsWholeSeconds(t *testing.T) {
	e := &ThrottledError{Wait: 1500 * time.Millisecond}
	if e.Seconds() != 2 || !strings.Contains(e.Error(), "2 s") || !strings.Contains(e.Advice(), "2 seconds") {
		t.Errorf("%v, %d, %q", e, e.Seconds(), e.Advice())
	}
}

func TestProofAndEnrolment(t *testing.T) {
	wantInvalid(t, "a proof of nothing", Proof{}.Check())
	wantInvalid(t, "a proof of two things", Proof{Step: 1, Recovery: "x"}.Check())
	good := Enrolment{Name: "amara", Handle: NewHandle(), PasswordHash: "h", TOTPSecret: "s", TOTPStep: 1, Recovery: HashAllRecovery(NewRecoveryCodes())}
	if err := good.Check(); err != nil {
		t.Errorf("a whole enrolment: %v", err)
	}
	for what, spoil := range map[string]func(*Enrolment){
		"without a name":           func(e *Enrolment) { e.Name = "" },
		"with a name folded":       func(e *Enrolment) { e.Name = "Amara" },
		"with a passkey of nobody": func(e *Enrolment) { e.Handle, e.Passkey = "", &Passkey{} },
		"without a password":       func(e *Enrolment) { e.PasswordHash = "" },
		"without a secret":         func(e *Enrolment) { e.TOTPSecret = "" },
		"without a first code":     func(e *Enrolment) { e.TOTPStep = 0 },
		"without recovery code":    func(e *Enrolment) { e.Recovery = nil },
	} {
		e := good
		spoil(&e)
		wantInvalid(t, "an enrolment "+what, e.Check())
	}
}

func TestEnrolmentWithPasskeyAlone(t *testing.T) {
	e := Enrolment{Name: "amara", Handle: NewHandle(), PasswordHash: "h", Passkey: &Passkey{}, Recovery: HashAllRecovery(NewRecoveryCodes())}
	if err := e.Check(); err != nil {
		t.Errorf("an enrolment with a passkey: %v", err)
	}
	wantInvalid(t, "a sign-in by a password alone", Proof{Password: true}.Check())
}

func TestSealer(t *testing.T) {
	s, err := NewSealer(make([]byte, SealKeySize))
	if err != nil {
		t.Fatal(err)
	}
	text := s.Seal("JBSWY3DP", "amara")
	if plain, err := s.Open(text, "amara"); err != nil || plain != "JBSWY3DP" || strings.Contains(text, plain) {
		t.Errorf("Open = %q, %v of %q", plain, err, text)
	}
	if s.Seal("JBSWY3DP", "amara") == text {
		t.Error("two seals are the same: they tell who has the same secret")
	}
	other, err := NewSealer([]byte(strings.Repeat("k", SealKeySize)))
	if err != nil {
		t.Fatal(err)
	}
	for what, open := range map[string]func() (string, error){
		"for another owner":   func() (string, error) { return s.Open(text, "bimal") },
		"with another key":    func() (string, error) { return other.Open(text, "amara") },
		"cut":                 func() (string, error) { return s.Open(text[:len(text)-2], "amara") },
		"that was not sealed": func() (string, error) { return s.Open("JBSWY3DP", "amara") },
		"of nothing":          func() (string, error) { return s.Open("", "amara") },
	} {
		if plain, err := open(); !errors.Is(err, ErrSealed) || plain != "" {
			t.Errorf("Open %s = %q, %v", what, plain, err)
		}
	}
	if _, err := NewSealer([]byte("short")); err == nil {
		t.Error("a short key makes a sealer")
	}
}

func TestPreferencesCheck(t *testing.T) {
	speaks := []string{"en", "bn"}
	if err := (Preferences{Language: "bn", Theme: "dark", Zone: "Asia/Dhaka"}).Check(speaks); err != nil {
		t.Error(err)
	}
	for _, bad := range []Preferences{{Language: "xx"}, {Theme: "pink"}, {Zone: "Mars/Base"}, {Zone: "Local"}, {Zone: "../etc/passwd"}} {
		wantInvalid(t, "a preference", bad.Check(speaks))
	}
}

func TestInvitationOpen(t *testing.T) {
	at := start
	for _, c := range []struct {
		name string
		inv  Invitation
		open bool
	}{
		{"new", Invitation{Until: start.Add(1)}, true},
		{"at its end", Invitation{Until: start}, false},
		{"accepted", Invitation{Until: start.Add(1), AcceptedAt: &at}, false},
		{"revoked", Invitation{Until: start.Add(1), RevokedAt: &at}, false},
	} {
		if got := c.inv.Open(start); got != c.open {
			t.Errorf("%s: Open = %t", c.name, got)
		}
	}
}
