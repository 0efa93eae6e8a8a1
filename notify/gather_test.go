package notify

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// TestWeeksOfMail lets weeks pass for one contact, with floods, quiet days and
// changes of the clock, and holds every mail to the rules: none over the caps,
// none but alerts in the quiet hours, nothing twice, nothing forgotten.
func TestWeeksOfMail(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		rules := DefaultRules()
		rules.HourlyCap, rules.DailyCap = 1+r.IntN(4), 3+r.IntN(10)
		zone, err := time.LoadLocation([]string{"Asia/Colombo", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"}[r.IntN(4)])
		if err != nil {
			t.Fatal(err)
		}
		s := simulation{t: t, seed: seed, rules: rules, zone: zone, told: map[int64]int{}}
		// Both changes of the clock lie within.
		at := time.Date(2026, []time.Month{3, 10}[r.IntN(2)], 10+r.IntN(10), 0, 0, 0, 0, time.UTC)
		for range 4 * 7 * 24 * 6 {
			at = at.Add(10 * time.Minute)
			switch {
			case r.IntN(600) == 0: // a scan finds a lot
				for range 1 + r.IntN(50) {
					s.add(Alert, at)
				}
			case r.IntN(40) == 0:
				s.add(Alert, at)
			case r.IntN(60) == 0:
				s.add([]Kind{Reminder, WaiverEnds, PermissionEnds, Weekly, Unconfirmed}[r.IntN(5)], at)
			}
			s.round(at)
		}
		for range 3 * 24 * 6 { // nothing new: what waits comes out
			at = at.Add(10 * time.Minute)
			s.round(at)
		}
		for _, w := range s.waiting {
			t.Errorf("seed %d: item %d of %s was never told", seed, w.Num, w.Item.Kind)
		}
	}
}

type simulation struct {
	t       *testing.T
	seed    uint64
	rules   Rules
	zone    *time.Location
	next    int64
	waiting []Waiting
	sent    []Sent
	told    map[int64]int
}

func (s *simulation) add(k Kind, at time.Time) {
	s.next++
	s.waiting = append(s.waiting, Waiting{Num: s.next, Item: Item{Kind: k, Object: fmt.Sprint(s.next), Due: at}})
}

func (s *simulation) round(at time.Time) {
	round := Gather(at.In(s.zone), s.waiting, s.sent, s.rules)
	for _, h := range round.Hold {
		for i := range s.waiting {
			s.waiting[i].Held = s.waiting[i].Held || s.waiting[i].Num == h.Num
		}
	}
	if !round.Send {
		return
	}
	local := at.In(s.zone)
	if round.Kind != Alert && (s.rules.Quiet.Contains(local) || local.Hour() < 8) {
		s.t.Errorf("seed %d: %s at %s", s.seed, round.Kind, local)
	}
	s.sent = append(s.sent, Sent{at, round.Kind})
	hour, today := 0, 0
	for _, x := range s.sent {
		if at.Sub(x.At) < time.Hour {
			hour++
		}
		if at.Sub(x.At) < 24*time.Hour {
			today++
		}
	}
	if hour > s.rules.HourlyCap || today > s.rules.DailyCap {
		s.t.Errorf("seed %d: %d mails within an hour and %d within a day at %s, want at most %d and %d", s.seed, hour, today, at, s.rules.HourlyCap, s.rules.DailyCap)
	}
	gone := map[int64]bool{}
	held := false
	for _, w := range round.Items {
		gone[w.Num], held = true, held || w.Held
		if s.told[w.Num]++; s.told[w.Num] > 1 {
			s.t.Errorf("seed %d: item %d told twice", s.seed, w.Num)
		}
	}
	if held != round.Summary {
		s.t.Errorf("seed %d: summary %t with held items %t", s.seed, round.Summary, held)
	}
	var left []Waiting
	for _, w := range s.waiting {
		if !gone[w.Num] {
			left = append(left, w)
		}
	}
	s.waiting = left
}

func TestQuietHoursOverClockChanges(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	night := Quiet{From: 21 * 60, To: 7 * 60}
	for at, want := range map[string]bool{
		"2026-03-29T04:59:00Z": true,  // 06:59 in summer time, which began at 2
		"2026-03-29T05:00:00Z": false, // 07:00
		"2026-10-25T05:30:00Z": true,  // 06:30 in winter time, which began at 3
		"2026-10-25T06:00:00Z": false, // 07:00
		"2026-10-25T20:00:00Z": true,  // 21:00
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := night.Contains(when.In(berlin)); got != want {
			t.Errorf("quiet at %s = %t, want %t", at, got, want)
		}
	}
	for _, bad := range []string{"21:00", "25:00-07:00", "21:00-7:0", "a-b"} {
		if _, err := ParseQuiet(bad); err == nil {
			t.Errorf("ParseQuiet(%q) = nil", bad)
		}
	}
	if q, err := ParseQuiet("21:00-07:00"); err != nil || q != night || q.String() != "21:00-07:00" {
		t.Errorf("ParseQuiet = %v, %v", q, err)
	}
}

func TestAlerts(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	open := inventory.Finding{ID: "F-1", Detection: inventory.Open, Severity: inventory.SeverityMedium, FindingKey: inventory.FindingKey{Check: "old-version"}}
	with := func(change func(*inventory.Finding)) inventory.Finding {
		f := open
		change(&f)
		return f
	}
	critical := with(func(f *inventory.Finding) { f.Severity = inventory.SeverityCritical })
	rdp := with(func(f *inventory.Finding) { f.Check = "exposed-rdp" })
	kev := with(func(f *inventory.Finding) { f.KEV = true })
	event := func(kind inventory.EventKind, from, to string) inventory.FindingEvent {
		return inventory.FindingEvent{Kind: kind, From: from, To: to, At: at}
	}
	for name, tt := range map[string]struct {
		News
		reason Reason
		stage  string
	}{
		"medium, new":       {News{Finding: open, Event: event(inventory.EventOpened, "", "")}, "", ""},
		"critical, new":     {News{Finding: critical, Event: event(inventory.EventOpened, "", "")}, ReasonCritical, "new"},
		"critical, again":   {News{Finding: critical, Event: event(inventory.EventReopened, "", "")}, ReasonCritical, "again@2026-W47"},
		"service":           {News{Finding: rdp, Event: event(inventory.EventOpened, "", "")}, ReasonExposed, "new"},
		"exploited, new":    {News{Finding: kev, Event: event(inventory.EventOpened, "", "")}, ReasonKEV, "kev"},
		"exploited by feed": {News{Finding: open, Exploited: true}, ReasonKEV, "kev"},
		"exploited since":   {News{Finding: kev, Event: event(inventory.EventChanged, "", inventory.KnownExploited)}, ReasonKEV, "kev"},
		"raised to high":    {News{Finding: open, Event: event(inventory.EventChanged, "medium", "high")}, ReasonRaised, "raised"},
		"raised to medium":  {News{Finding: open, Event: event(inventory.EventChanged, "low", "medium")}, "", ""},
		"high to critical":  {News{Finding: open, Event: event(inventory.EventChanged, "high", "critical")}, "", ""},
		"fixed":             {News{Finding: with(func(f *inventory.Finding) { f.Detection, f.KEV = inventory.Fixed, true }), Event: event(inventory.EventOpened, "", "")}, "", ""},
		"waived": {News{Finding: with(func(f *inventory.Finding) {
			f.KEV, f.Waiver = true, inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Until: at.AddDate(0, 1, 0)}
		}), Event: event(inventory.EventOpened, "", "")}, "", ""},
	} {
		reason, stage, ok := AlertOf(tt.News, at)
		if reason != tt.reason || stage != tt.stage || ok != (tt.reason != "") {
			t.Errorf("%s: %q, %q, %t, want %q, %q", name, reason, stage, ok, tt.reason, tt.stage)
		}
	}
}

// A finding's reminders come as its severity spaces them, each once.
func TestReminders(t *testing.T) {
	first := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	due := first.AddDate(0, 0, 14)
	for severity, want := range map[inventory.Severity]int{ // tellings within a year of looks once a day
		inventory.SeverityCritical: 1 + 51, inventory.SeverityHigh: 1 + 26, inventory.SeverityMedium: 1 + 6, inventory.SeverityLow: 2, inventory.SeverityInfo: 0,
	} {
		f := inventory.Finding{Detection: inventory.Open, Severity: severity, FirstSeen: first, DueAt: &due}
		stages := map[string]bool{}
		for d := range 365 {
			if stage, _, ok := ReminderOf(f, first.AddDate(0, 0, d)); ok {
				stages[stage] = true
			}
		}
		if len(stages) != want {
			t.Errorf("%s: told %d times in a year, want %d", severity, len(stages), want)
		}
	}
	if stage, ok := EndingStage(first, first.Add(time.Hour)); ok {
		t.Errorf("what has ended is about to end: %q", stage)
	}
	still := inventory.Finding{Detection: inventory.Open, Severity: inventory.SeverityHigh, FirstSeen: first}
	if _, _, ok := ReminderOf(still, first.AddDate(0, 0, 59)); ok {
		t.Error("the same again within 60 days")
	}
	if stage, _, ok := ReminderOf(still, first.AddDate(0, 0, 61)); !ok || stage != "still-1" {
		t.Errorf("after 60 days: %q, %t", stage, ok)
	}
	if _, escalate, _ := ReminderOf(inventory.Finding{Detection: inventory.Open, Severity: inventory.SeverityCritical, FirstSeen: first, DueAt: &due}, due.AddDate(0, 0, 15)); !escalate {
		t.Error("the management does not hear of what is overdue for two weeks")
	}
	low := inventory.Finding{Detection: inventory.Open, Severity: inventory.SeverityLow, KEV: true, FirstSeen: first, DueAt: &due}
	if stage, escalate, ok := ReminderOf(low, due.AddDate(0, 0, 8)); !ok || escalate || stage != "overdue-1" {
		t.Errorf("an exploited one that is overdue for a week: %q, escalated %t, %t", stage, escalate, ok)
	}
}

func TestAudience(t *testing.T) {
	all := []Addressee{
		{ID: "C-1", Role: inventory.RoleTechnical, Email: "noc@example.org"},
		{ID: "C-2", Role: inventory.RoleTechnical, Email: "night@example.org", Second: true},
		{ID: "C-3", Role: inventory.RoleDistribution, Email: "NOC@example.org"},
		{ID: "C-4", Role: inventory.RoleManagement, Email: "boss@example.org"},
		{ID: "C-5", Role: inventory.RoleEmergency},
	}
	names := func(list []Addressee) string {
		out := ""
		for _, a := range list {
			out += string(a.ID) + " "
		}
		return out
	}
	if got := names(Audience(Weekly, all, false)); got != "C-1 " {
		t.Errorf("one mailbox with two roles is told %q", got)
	}
	if got := names(Audience(Reminder, all, true)); got != "C-1 C-4 " {
		t.Errorf("escalated reminder goes to %q", got)
	}
	if second, ok := SecondTo(all[0], all); !ok || second.ID != "C-2" {
		t.Errorf("second contact = %v, %t", second.ID, ok)
	}
	all[0].Problem = Returned
	if got := names(Audience(Alert, all, false)); got != "C-3 " {
		t.Errorf("with the first out of reach alerts go to %q", got)
	}
	all[0].Problem, all[0].NoAlerts = NoProblem, true
	if alerts, weekly := names(Audience(Alert, all, false)), names(Audience(Weekly, all, false)); alerts != "C-3 " || weekly != "C-1 " {
		t.Errorf("who wants no alerts: they go to %q, the week to %q", alerts, weekly)
	}
	all[0].NoAlerts, all[0].NoWeekly = false, true
	if alerts, weekly := names(Audience(Alert, all, false)), names(Audience(Weekly, all, false)); alerts != "C-1 " || weekly != "C-3 " {
		t.Errorf("who wants no weekly mail: alerts go to %q, the week to %q", alerts, weekly)
	}
	all[2].Email = "board@example.org"
	if got := names(Audience(Advisory, all, false)); got != "C-1 C-3 " {
		t.Errorf("advice goes to %q", got)
	}
	if got := names(Audience(Alert, all[1:2], false)); got != "C-2 " {
		t.Errorf("a second with nobody before goes untold: %q", got)
	}
}

// TestSecond: whom the organisation named comes first, and nobody is his own
// second by another name of the same mailbox.
func TestSecond(t *testing.T) {
	all := []Addressee{
		{ID: "C-1", Role: inventory.RoleTechnical, Email: "noc@example.org"},
		{ID: "C-2", Role: inventory.RoleTechnical, Email: "day@example.org"},
		{ID: "C-3", Role: inventory.RoleTechnical, Email: "night@example.org", Second: true},
		{ID: "C-4", Role: inventory.RoleEmergency, Email: "NOC@example.org"},
	}
	if second, ok := SecondTo(all[0], all); !ok || second.ID != "C-3" {
		t.Errorf("the second that was named is passed over for %q, %t", second.ID, ok)
	}
	if second, ok := SecondTo(all[0], []Addressee{all[0], all[3]}); ok {
		t.Errorf("%s stands in for the same mailbox", second.ID)
	}
}

// TestDigestOnceADay: what is owed to a second contact does not wait for the
// next day, as reminders do.
func TestDigestOnceADay(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	sent := []Sent{{At: at.Add(-3 * time.Hour), Kind: Digest}}
	for kind, want := range map[Kind]bool{Unconfirmed: true, Weekly: true, Reminder: false, Advisory: false, WaiverEnds: false} {
		waiting := []Waiting{{Num: 1, Item: Item{Kind: kind, Due: at.Add(-time.Hour)}}}
		if round := Gather(at, waiting, sent, DefaultRules()); round.Send != want {
			t.Errorf("a second mail of the day for %s: %t, want %t", kind, round.Send, want)
		}
	}
}
