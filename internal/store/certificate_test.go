package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// shows reports a service that shows a certificate of a fingerprint, which is
// good for so many days; none where the fingerprint is empty.
func shows(digit string, days int) func(scanner.Task) scanner.Report {
	return func(task scanner.Task) scanner.Report {
		r := found(task, start, testCheck)
		for i := range r.Result.Observations {
			if s := r.Result.Observations[i].Service; s != nil && digit != "" {
				s.Certificate = &inventory.Certificate{
					SHA256: strings.Repeat(digit, 64), Subject: "CN=www.example.net,O=Power_1", Issuer: "CN=Root-" + digit, Names: []string{"www.example.net"},
					NotBefore: start.AddDate(0, -1, 0), NotAfter: start.AddDate(0, 0, days), KeyType: "RSA", KeyBits: 2048, SelfSigned: digit == "c",
				}
			}
		}
		return r
	}
}

// places tells where certificates are shown: "A-1 aa until 2026-03-31".
func places(all []inventory.SeenCertificate) []string {
	out := []string{}
	for _, c := range all {
		text := string(c.Asset) + " " + c.SHA256[:2] + " until " + c.NotAfter.Format(time.DateOnly)
		if c.GoneAt != nil {
			text += ", gone"
		}
		out = append(out, text)
	}
	return out
}

func (w *world) certificates(ctx context.Context, f inventory.CertificateFilter) []string {
	w.t.Helper()
	var all []inventory.SeenCertificate
	for page := (inventory.Page{Limit: 1}); ; {
		list, next, err := w.Certificates(ctx, f, page)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, list...)
		if page.Cursor = next; next == "" {
			return places(all)
		}
	}
}

func TestCertificates(t *testing.T) {
	w := newWorld(t)
	w.check()
	power, bank := w.org("Power"), w.org("Bank")
	one, two := w.asset(power, "192.0.2.1"), w.asset(bank, "192.0.2.2")
	w.round(power, shows("a", 20), host(one, "192.0.2.1"))
	w.round(bank, shows("a", 20), host(two, "192.0.2.2"))
	w.clock.advance(time.Hour)
	w.round(bank, shows("c", 5), host(two, "192.0.2.2"))
	w.clock.advance(time.Hour)
	w.round(bank, shows("", 0), host(two, "192.0.2.2")) // nobody asked: what is known stays

	a, c := "A-1 aa until "+start.AddDate(0, 0, 20).Format(time.DateOnly), "A-2 cc until "+start.AddDate(0, 0, 5).Format(time.DateOnly)
	for _, tt := range []struct {
		name string
		f    inventory.CertificateFilter
		want []string
	}{
		{"all, the next to end first", inventory.CertificateFilter{}, []string{c, a}},
		{"an organisation's", inventory.CertificateFilter{Org: power}, []string{a}},
		{"an asset's", inventory.CertificateFilter{Asset: two.ID}, []string{c}},
		{"that end soon", inventory.CertificateFilter{Until: start.AddDate(0, 0, 10)}, []string{c}},
		{"their own issuers", inventory.CertificateFilter{Self: true}, []string{c}},
		{"a fingerprint", inventory.CertificateFilter{Text: strings.Repeat("AA:", 31) + "AA"}, []string{a}},
		{"its beginning", inventory.CertificateFilter{Text: strings.Repeat("c", 20)}, []string{c}},
		{"a name", inventory.CertificateFilter{Text: "WWW.example"}, []string{c, a}},
		{"words of name and issuer", inventory.CertificateFilter{Text: "example root-c"}, []string{c}},
		{"what LIKE would take for anything", inventory.CertificateFilter{Text: "power%1"}, []string{}},
	} {
		if diff := cmp.Diff(tt.want, w.certificates(t.Context(), tt.f)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	facts := must(w.AssetFacts(t.Context(), two.ID))(t)
	if diff := cmp.Diff([]string{c, strings.Replace(a, "A-1", "A-2", 1) + ", gone"}, places(facts.Certificates)); diff != "" {
		t.Errorf("of an asset (-want +got):\n%s", diff)
	}
	for text, n := range map[string]int{"example.net root": 2, strings.Repeat("a", 64): 1, strings.Repeat("d", 64): 0} {
		if list, _, err := w.Assets(t.Context(), inventory.AssetFilter{Certificate: text}, inventory.Page{}); err != nil || len(list) != n {
			t.Errorf("assets that show %q = %d, %v, want %d", text, len(list), err, n)
		}
	}
	hits := must(w.Search(t.Context(), "example.net"))(t)
	if len(hits) != 2 || hits[0].Kind != inventory.HitCertificate {
		t.Errorf("a search for a name finds %+v", hits)
	}
	if hits = must(w.Search(t.Context(), strings.Repeat("C", 64)))(t); len(hits) != 1 || hits[0].ID != strings.Repeat("c", 64) {
		t.Errorf("a search for a fingerprint finds %+v", hits)
	}
	// An organisation's own people see its own, and what is not theirs is not found.
	if got := w.certificates(as(t.Context(), power), inventory.CertificateFilter{}); len(got) != 1 || got[0] != a {
		t.Errorf("Power sees %q", got)
	}
	if hits := must(w.Search(as(t.Context(), power), strings.Repeat("c", 64)))(t); len(hits) != 0 {
		t.Errorf("Power finds the Bank's: %+v", hits)
	}
	// One that comes back is shown again, and with its service it goes.
	w.clock.advance(time.Hour)
	w.round(bank, func(task scanner.Task) scanner.Report {
		r := shows("a", 20)(task)
		for i := range r.Result.Observations {
			r.Result.Observations[i].At = w.clock.now()
		}
		return r
	}, host(two, "192.0.2.2"))
	back := strings.Replace(a, "A-1", "A-2", 1)
	if diff := cmp.Diff([]string{back, c + ", gone"}, places(must(w.AssetFacts(t.Context(), two.ID))(t).Certificates)); diff != "" {
		t.Errorf("shown again (-want +got):\n%s", diff)
	}
	w.clock.advance(time.Hour)
	w.round(bank, func(task scanner.Task) scanner.Report {
		r := quiet(task)
		r.Result.Ports[0].Open, r.Result.Ports[0].Closed = inventory.PortSet{}, inventory.MustPorts("1-1024")
		r.Result.Observations, r.Result.Checks = nil, nil
		return r
	}, host(two, "192.0.2.2"))
	if got := w.certificates(t.Context(), inventory.CertificateFilter{Org: bank}); len(got) != 0 {
		t.Errorf("after its port was closed: %q", got)
	}
	w.clock.advance(time.Hour)
	w.round(bank, shows("a", 20), host(two, "192.0.2.2"))
	discovered, _, err := w.Discoveries(t.Context(), bank, inventory.DiscoveryOpen, inventory.Page{})
	if err != nil || len(discovered) != 1 || discovered[0].Address.String() != "www.example.net" {
		t.Errorf("discovered %+v, %v", discovered, err)
	}
	if err := w.RetireAsset(t.Context(), "mara", two.ID, "sold"); err != nil {
		t.Fatal(err)
	}
	if got := w.certificates(t.Context(), inventory.CertificateFilter{}); len(got) != 1 {
		t.Errorf("after its asset was retired: %q", got)
	}
}

// What is not complete is not shown as if it were.
func TestWordsOfTooManyCertificatesAreRefused(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO certificates (sha256, subject, issuer, names, not_before, not_after, key_type, key_bits, self_signed)
		SELECT encode(sha256(convert_to(n::text, 'UTF8')), 'hex'), 'CN=host' || n || '.example.org', 'CN=Example CA', '[]', now(), now(), 'RSA', 2048, false FROM generate_series(1, 2001) n`)
	_, _, err := w.Certificates(t.Context(), inventory.CertificateFilter{Text: "example.org"}, inventory.Page{})
	wantErr(t, "2001 certificates of a name", err, inventory.ErrInvalid)
	if _, _, err = w.Certificates(t.Context(), inventory.CertificateFilter{Text: "host7.example.org"}, inventory.Page{}); err != nil {
		t.Errorf("one certificate: %v", err)
	}
	_, _, err = w.Assets(t.Context(), inventory.AssetFilter{Certificate: "example.org"}, inventory.Page{})
	wantErr(t, "assets with 2001 certificates", err, inventory.ErrInvalid)
}
