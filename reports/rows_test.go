package reports

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// filled is a value whose every exported field is not zero.
func filled(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Int:
		v.SetInt(4711)
	case reflect.String:
		v.SetString("Mahaweli 4711")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		if v.Type().Elem() != reflect.TypeFor[time.Time]() {
			filled(t, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			filled(t, v.Field(i))
		}
	default:
		t.Fatalf("cannot fill %s", v.Type())
	}
}

// told is what a sector's readers learn of one of its numbered operators.
// Whoever adds to it has thought of whom it gives away: how many assets an
// operator has, or when it was scanned, tells who it is.
var told = []string{
	"ID", "Name", "Sector", "Organizations", "Critical", "High", "Medium", "Low", "Info", "KEV", "KEVOverdue", "Overdue", "Waived",
	"New", "Reopened", "Fixed", "MedianAge", "ToClose", "Due", "Met",
}

// TestNumberedOperators: of an operator that is numbered nothing is told that
// tells which it is, neither in the report nor as a column of its tables.
func TestNumberedOperators(t *testing.T) {
	r := Report{Organizations: make([]Group, MinPeers)}
	for i := range r.Organizations {
		filled(t, reflect.ValueOf(&r.Organizations[i]).Elem())
	}
	number(&r)
	for i, g := range r.Organizations {
		v := reflect.ValueOf(g)
		for j := range v.NumField() {
			if name := v.Type().Field(j).Name; v.Field(j).IsZero() == slices.Contains(told, name) {
				t.Errorf("operator %d: %s is %v", i+1, name, v.Field(j))
			}
		}
		if strings.Contains(g.ID+g.Name, "Mahaweli") {
			t.Errorf("operator %d is called %s, %s", i+1, g.ID, g.Name)
		}
	}
	// A column of what is withheld would say 0 of everybody.
	for _, c := range anonymousNumbers() {
		var whole Group
		filled(t, reflect.ValueOf(&whole).Elem())
		one := Report{Organizations: slices.Repeat([]Group{whole}, MinPeers)}
		number(&one)
		if got := reflect.ValueOf(c.value(one.Organizations[0])); !got.IsValid() || got.IsZero() {
			t.Errorf("the table of numbered operators has a column %s", c.name)
		}
	}
	r.Organizations = r.Organizations[1:]
	if number(&r); len(r.Organizations) != 0 {
		t.Errorf("%d operators are told of: each could be guessed", len(r.Organizations))
	}
}

func names(findings []Finding) string {
	var out []string
	for _, f := range findings {
		out = append(out, string(f.ID))
	}
	return strings.Join(out, " ")
}

// TestFindingsByUrgency: what the tree calls most urgent comes first, then what
// is due first, then the worst, then by asset and place.
func TestFindingsByUrgency(t *testing.T) {
	day := func(n int) *time.Time { return new(from.AddDate(0, 0, n)) }
	f := func(id string, decision inventory.SSVC, due *time.Time, s inventory.Severity, asset inventory.AssetID, at string, port uint16) Finding {
		return Finding{ID: inventory.FindingID(id), Decision: decision, DueAt: due, Severity: s, Asset: AssetRef{ID: asset}, Address: at, Port: port}
	}
	want := []Finding{
		f("F-9", inventory.Act, day(9), inventory.SeverityLow, "A-9", "192.0.2.9", 9),
		f("F-8", inventory.Attend, day(1), inventory.SeverityLow, "A-9", "192.0.2.9", 9),
		f("F-7", inventory.Attend, day(2), inventory.SeverityHigh, "A-9", "192.0.2.9", 9),
		f("F-6", inventory.Attend, day(2), inventory.SeverityLow, "A-2", "192.0.2.9", 9),
		f("F-5", inventory.Attend, day(2), inventory.SeverityLow, "A-10", "192.0.2.2", 9),
		f("F-4", inventory.Attend, day(2), inventory.SeverityLow, "A-10", "192.0.2.10", 8),
		f("F-2", inventory.Attend, day(2), inventory.SeverityLow, "A-10", "192.0.2.10", 9),
		f("F-10", inventory.Attend, day(2), inventory.SeverityLow, "A-10", "192.0.2.10", 9),
		f("F-1", inventory.Attend, nil, inventory.SeverityCritical, "A-1", "192.0.2.1", 1),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareFindings)
	if names(got) != names(want) {
		t.Errorf("by urgency: %s, want %s", names(got), names(want))
	}
}

// TestWaivedByEnd: the exception that ends first stands at the top, and one
// finding that is not waived is none.
func TestWaivedByEnd(t *testing.T) {
	f := func(id string, days int, kind inventory.WaiverKind, decision inventory.SSVC) Finding {
		return Finding{ID: inventory.FindingID(id), Waiver: kind, WaivedTill: new(from.AddDate(0, 0, days)), Decision: decision}
	}
	got := waived([]Problem{
		{Findings: []Finding{f("F-4", 9, inventory.WaiverAcceptedRisk, inventory.Act), f("F-3", 5, inventory.WaiverFalsePositive, inventory.Act)}},
		{Findings: []Finding{f("F-2", 5, inventory.WaiverAcceptedRisk, inventory.Track), f("F-1", 5, inventory.WaiverAcceptedRisk, inventory.Act)}},
		{Findings: []Finding{f("F-5", 30, inventory.WaiverAcceptedRisk, inventory.Act), f("F-6", 1, inventory.WaiverNone, inventory.Act)}},
	})
	if want := "F-1 F-2 F-3 F-4 F-5"; names(got) != want {
		t.Errorf("waived: %s, want %s", names(got), want)
	}
}

// TestCertificatesByEnd: wherever it was seen, the next to end comes first.
func TestCertificatesByEnd(t *testing.T) {
	d := sample(t)
	d.Certificates = nil
	for i, c := range []struct {
		asset inventory.AssetID
		addr  string
		port  uint16
		days  int
	}{{"A-1", "192.0.2.1", 443, 90}, {"A-2", "192.0.2.1", 25, 30}, {"A-1", "192.0.2.10", 8443, 30}, {"A-1", "192.0.2.9", 443, 30}, {"A-1", "192.0.2.9", 25, 30}, {"A-2", "192.0.2.3", 443, 1}} {
		d.Certificates = append(d.Certificates, inventory.SeenCertificate{
			Certificate: inventory.Certificate{SHA256: string(rune('a' + i)), NotAfter: to.AddDate(0, 0, c.days)},
			Asset:       c.asset, Addr: netip.MustParseAddr(c.addr), Port: c.port, Transport: inventory.TCP,
		})
	}
	var got string
	for _, c := range build(t, operator(d)).Certificates {
		got += c.SHA256
	}
	if want := "fedcba"; got != want {
		t.Errorf("certificates: %s, want %s", got, want)
	}
}
