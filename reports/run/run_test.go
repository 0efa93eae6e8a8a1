package run

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

func TestPeriod(t *testing.T) {
	for _, c := range []struct{ at, zone, week string }{
		{"2026-11-23T06:00:00Z", "UTC", "2026-W47"},                 // Monday: the week before
		{"2026-11-23T00:30:00Z", "Asia/Colombo", "2026-W47"},        // Monday, six in the morning there
		{"2026-11-23T14:00:00Z", "America/Los_Angeles", "2026-W47"}, // likewise
		{"2027-01-04T06:00:00Z", "UTC", "2026-W53"},
		{"2026-11-27T12:00:00Z", "UTC", "2026-W48"}, // Friday: most of this week
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		zone, err2 := time.LoadLocation(c.zone)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		from, to, week := Period(at, zone)
		if week != c.week || !to.Equal(at) || to.Sub(from) != 7*24*time.Hour {
			t.Errorf("Period(%s, %s) = %s to %s, %s, want %s", c.at, c.zone, from, to, week, c.week)
		}
	}
}

// Every way to send leads through a check and an approval.
func TestOnlyApprovedIsSent(t *testing.T) {
	for _, s := range States() {
		for _, act := range append(Acts(), ActNote) {
			e := Edition{ID: "x", Kind: Operator, State: s, Latest: true, MadeAt: new(time.Time), Flags: []Flag{FlagDrop}}
			to, err := After(e, act)
			if err != nil && (!errors.Is(err, inventory.ErrConflict) || inventory.HintOf(err) == "") {
				t.Errorf("%s of %s = %v, want a conflict that says what to do", act, s, err)
			}
			if err == nil && to == Approved && s != Checked {
				t.Errorf("%s is approved by %s", s, act)
			}
			if err == nil && to.Out() && s != Approved {
				t.Errorf("%s is sent by %s", s, act)
			}
			if err == nil && s.Out() {
				t.Errorf("%s, which its reader has, becomes %s by %s", s, to, act)
			}
		}
	}
	if _, err := After(Edition{State: Approved, Kind: National, Latest: true}, ActSend); err == nil {
		t.Error("the nation's edition is sent to somebody")
	}
	if _, err := After(Edition{State: Approved, Kind: Operator}, ActSend); err == nil {
		t.Error("one that a revision replaces is sent")
	}
	if _, err := After(Edition{State: Draft, Latest: true}, "burn"); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("an unknown act = %v", err)
	}
}

func TestFlags(t *testing.T) {
	fine := Facts{Assets: 10, Reached: 10, Hosts: 10, Findings: 20, Scans: 1, Contacts: 1}
	with := func(change func(*Facts)) Facts { f := fine; change(&f); return f }
	for name, c := range map[string]struct {
		now  Facts
		want []Flag
	}{
		"like last week":     {fine, nil},
		"half is left":       {with(func(f *Facts) { f.Findings = 10 }), nil},
		"less than half":     {with(func(f *Facts) { f.Findings = 9 }), []Flag{FlagDrop}},
		"twice as many":      {with(func(f *Facts) { f.Findings = 40 }), nil},
		"more than that":     {with(func(f *Facts) { f.Findings = 41 }), []Flag{FlagJump}},
		"nobody answered":    {with(func(f *Facts) { f.Reached = 0 }), []Flag{FlagNoHosts}},
		"eight of ten":       {with(func(f *Facts) { f.Reached = 8 }), nil},
		"seven of ten":       {with(func(f *Facts) { f.Reached = 7 }), []Flag{FlagPartial}},
		"no scan":            {with(func(f *Facts) { f.Scans = 0 }), []Flag{FlagScanner}},
		"one that failed":    {with(func(f *Facts) { f.Failed = 1 }), []Flag{FlagScanner}},
		"nobody to tell":     {with(func(f *Facts) { f.Contacts = 0 }), []Flag{FlagContact}},
		"nothing registered": {Facts{Contacts: 1, Findings: 20}, nil},
	} {
		if got := FlagsOf(Operator, c.now, &fine); !slices.Equal(got, append([]Flag{}, c.want...)) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := FlagsOf(National, Facts{Assets: 9, Reached: 9, Findings: 1}, nil); len(got) != 0 {
		t.Errorf("the nation's first: %v", got)
	}
}

func TestFactsAreThoseOfTheCard(t *testing.T) {
	got := FactsOf(reports.Report{
		Card:  []reports.Figure{{Key: "assets", Value: 4}, {Key: "reached", Value: 3}, {Key: "open_high", Value: 2}, {Key: "open_low", Value: 5}, {Key: "overdue", Value: 1}},
		Scans: []reports.Scan{{State: "complete"}, {State: "failed"}}, First: make([]reports.Action, 2), MoreActions: 3,
	}, 1)
	if want := (Facts{Assets: 4, Reached: 3, Findings: 7, Overdue: 1, Scans: 2, Failed: 1, Urgent: 5, Contacts: 1}); got != want {
		t.Errorf("FactsOf = %+v, want %+v", got, want)
	}
}

func TestAfterMaking(t *testing.T) {
	for _, c := range []struct {
		e       Edition
		printed Printed
		flags   []Flag
		want    State
	}{
		{Edition{}, PrintDone, nil, Checked},
		{Edition{}, PrintAbsent, nil, Checked},
		{Edition{}, PrintFailed, nil, NotRendered},
		{Edition{HeldFor: "x"}, PrintDone, nil, Held},
		{Edition{}, PrintDone, []Flag{FlagDrop}, Draft},
		{Edition{Accepted: []Flag{FlagDrop}}, PrintDone, []Flag{FlagDrop}, Checked},
		{Edition{Accepted: []Flag{FlagDrop}}, PrintDone, []Flag{FlagDrop, FlagJump}, Draft},
	} {
		if got := AfterMaking(c.e, c.printed, c.flags); got != c.want {
			t.Errorf("%+v %s %v = %s, want %s", c.e, c.printed, c.flags, got, c.want)
		}
	}
}

func TestProgress(t *testing.T) {
	for _, c := range []struct {
		now  State
		all  []DeliveryState
		want State
	}{
		{Sending, []DeliveryState{DeliveryQueued, DeliveryBounced}, Sending},
		{Sending, []DeliveryState{DeliverySent, DeliveryQueued}, Sent},
		{Sending, []DeliveryState{DeliveryFailed, DeliveryBounced}, Bounced},
		{Sent, []DeliveryState{DeliveryBounced, DeliveryOpened}, Opened},
		{Opened, []DeliveryState{DeliveryBounced}, Opened},
		{Sent, []DeliveryState{DeliveryAcknowledged, DeliverySent}, Acknowledged},
		{Acknowledged, []DeliveryState{DeliveryQueued}, Acknowledged},
		{Sending, nil, Sending},
	} {
		if got := Progress(c.now, c.all); got != c.want {
			t.Errorf("Progress(%s, %v) = %s, want %s", c.now, c.all, got, c.want)
		}
	}
}

func TestRecipients(t *testing.T) {
	c := func(name string, role inventory.ContactRole, position int, mute bool) inventory.Contact {
		return inventory.Contact{Name: name, Role: role, Email: name + "@example.org", Position: position, Mutes: inventory.Mutes{Digest: mute}}
	}
	tech, second := c("tech", inventory.RoleTechnical, 0, false), c("second", inventory.RoleDistribution, 2, false)
	first, muted := c("first", inventory.RoleDistribution, 1, false), c("muted", inventory.RoleDistribution, 1, true)
	noMail := inventory.Contact{Name: "phone", Role: inventory.RoleDistribution, Phone: "1"}
	for _, k := range []struct {
		all  []inventory.Contact
		want string
	}{
		{nil, ""},
		{[]inventory.Contact{tech, noMail, muted}, "tech"},
		{[]inventory.Contact{tech, second, first}, "first"},
		{[]inventory.Contact{second, muted}, "second"},
		{[]inventory.Contact{c("boss", inventory.RoleManagement, 1, false)}, ""},
	} {
		got := ""
		for _, r := range Recipients(k.all) {
			got += r.Name
		}
		if got != k.want {
			t.Errorf("Recipients = %q, want %q", got, k.want)
		}
	}
}
