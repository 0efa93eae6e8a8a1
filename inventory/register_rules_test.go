package inventory

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPermitMoves(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	submitted := Authorization{
		Org: "ORG-1", Method: MethodLetter, State: AuthSubmitted, Level: LevelStandard, OTLevel: LevelLight,
		SubmittedBy: "amara", Until: at.AddDate(1, 0, 0),
	}
	with := func(change func(*Authorization)) Authorization {
		a := submitted
		change(&a)
		return a
	}
	for name, tt := range map[string]struct {
		from Authorization
		who  string
		d    PermitDecision
		want AuthorizationState // "" is refused
		err  error
	}{
		"another person activates":            {submitted, "mara", PermitDecision{Act: PermitActivate}, AuthActive, nil},
		"the same person does not":            {submitted, "amara", PermitDecision{Act: PermitActivate}, "", ErrForbidden},
		"a draft is not activated":            {with(func(a *Authorization) { a.State = AuthDraft }), "mara", PermitDecision{Act: PermitActivate}, "", ErrConflict},
		"what is over is not activated":       {with(func(a *Authorization) { a.Until = at }), "mara", PermitDecision{Act: PermitActivate}, "", ErrInvalid},
		"more for OT needs the letter's word": {with(func(a *Authorization) { a.OTLevel = LevelStandard }), "mara", PermitDecision{Act: PermitActivate}, "", ErrInvalid},
		"with the letter's word it goes":      {with(func(a *Authorization) { a.OTLevel = LevelStandard }), "mara", PermitDecision{Act: PermitActivate, MoreForOT: true}, AuthActive, nil},
		"the DNS has no words":                {with(func(a *Authorization) { a.OTLevel, a.Method = LevelStandard, MethodDNS }), "mara", PermitDecision{Act: PermitActivate, MoreForOT: true}, "", ErrInvalid},
		"what is over is not resumed":         {with(func(a *Authorization) { a.State, a.Until = AuthSuspended, at }), "mara", PermitDecision{Act: PermitResume}, "", ErrInvalid},
		"a return says why":                   {submitted, "mara", PermitDecision{Act: PermitReturn}, "", ErrInvalid},
		"a return":                            {submitted, "mara", PermitDecision{Act: PermitReturn, Reason: "no stamp"}, AuthDraft, nil},
		"a revoked one stays so":              {with(func(a *Authorization) { a.State = AuthRevoked }), "mara", PermitDecision{Act: PermitResume}, "", ErrConflict},
	} {
		got, err := tt.from.Decide(tt.who, at, tt.d)
		if !errors.Is(err, tt.err) || tt.want != "" && got.State != tt.want {
			t.Errorf("%s: %s, %v, want %s, %v", name, got.State, err, tt.want, tt.err)
		}
	}
}

func TestProposedCronIsWithinTheWindows(t *testing.T) {
	colombo, err := time.LoadLocation("Asia/Colombo")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "Mon-Fri 22:00-05:00", "Sat,Sun", "Wed 10:00-10:30", "Tue 23:00-01:00; Thu 01:00-02:00"} {
		windows, err := ParseWindows(text)
		if err != nil {
			t.Fatal(err)
		}
		for spread := range 12 {
			cron, err := ProposeCron(windows, "Asia/Colombo", "Asia/Colombo", spread)
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			at, err := time.ParseInLocation("4 15 * * 1", strings.Join(strings.Fields(cron)[:2], " ")+" * * 1", colombo)
			if err != nil {
				t.Fatalf("%q: cron %q: %v", text, cron, err)
			}
			day := int(cron[len(cron)-1] - '0')
			moment := time.Date(2026, 1, 4+day, at.Hour(), at.Minute(), 0, 0, colombo) // the 4th is a Sunday
			if _, open := openUntil(windows, colombo, moment); len(windows) > 0 && !open {
				t.Errorf("%q: cron %q fires at %s, when no window is open", text, cron, moment)
			}
		}
	}
}

func TestSectorsOfFewTellNothing(t *testing.T) {
	all := []KPIs{{Assets: 1, Open: 1}, {Assets: 1, Open: 2}, {Assets: 1, Open: 3}, {Assets: 1, Open: 4}, {Open: 9}}
	if c := Compare(SectorWater, all[0], all); c.Median != nil {
		t.Errorf("four organisations with assets have a median: %+v", c.Median)
	}
	all[4].Assets = 1
	if c := Compare(SectorWater, all[0], all); c.Median == nil || c.Median.Open != 3 {
		t.Errorf("five organisations: %+v, want the median 3", c.Median)
	}
}

func TestDiscover(t *testing.T) {
	ssl := Observation{Asset: "A-1", Addr: netip.MustParseAddr("192.0.2.1"), Match: &Match{Extracted: []string{"2026-01-01", "*.grid.example"}}, Evidence: &Evidence{
		Response: []byte(`{"subject_cn":"www.grid.example","subject_an":["www.grid.example","vpn.grid.example","10.0.0.1","` + "\u202e" + `x"]}`),
	}}
	var got []string
	for _, d := range Discover(ssl, Check{Protocol: "ssl"}) {
		got = append(got, d.Address.String())
	}
	if want := "www.grid.example vpn.grid.example grid.example"; strings.Join(got, " ") != want {
		t.Errorf("a certificate names %v, want %s", got, want)
	}
	web := Observation{Asset: "A-1", Match: &Match{}, Evidence: &Evidence{
		Response: []byte("HTTP/1.1 302 Found\nLocation: https://login.grid.example/x\n\nLocation: https://body.example/\n"),
	}}
	if d := Discover(web, Check{Protocol: "http"}); len(d) != 1 || d[0].Address.String() != "login.grid.example" || d[0].How != InRedirect {
		t.Errorf("a redirect leads to %+v, want login.grid.example only", d)
	}
}
