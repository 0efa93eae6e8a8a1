package inbox

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// serve answers paths with texts, over TLS, and gives a source that leads
// there.
func serve(t *testing.T, channel exchange.Channel, path string, pages map[string]string) exchange.Source {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if channel == exchange.ChannelTAXII {
			w.Header().Set("Content-Type", "application/taxii+json;version=2.1")
			w.Header().Set("X-TAXII-Date-Added-Last", "2026-11-20T10:00:00.000001Z")
			if after := r.URL.Query().Get("added_after"); after == "2026-11-20T10:00:00.000001Z" {
				text = `{}`
			}
		}
		fmt.Fprint(w, strings.ReplaceAll(text, "HERE", "https://"+r.Host))
	}))
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return exchange.Source{ID: "SRC-1", Team: "TEAM-1", Channel: channel, URL: server.URL + path, CA: string(ca)}
}

func pollAll(t *testing.T, src *exchange.Source, team exchange.Team) ([]Arrival, Polled, error) {
	t.Helper()
	var came []Arrival
	got, err := laboratory().Poll(t.Context(), *src, team, func(_ context.Context, a Arrival) error {
		came = append(came, a)
		return nil
	})
	src.Cursor = got.Cursor
	return came, got, err
}

func TestClientShowsOneCredential(t *testing.T) {
	var seen string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = fmt.Sprintf("%d certificates, key %q, authorization %t", len(r.TLS.PeerCertificates), r.Header.Get("X-Api-Key"), r.Header.Get("Authorization") != "")
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	poller := laboratory()
	poller.Certificate = &server.TLS.Certificates[0] // any will do

	for _, tt := range []struct{ name, user, key, want string }{
		{"a team that gave us no key knows our certificate", "", "", `1 certificates, key "", authorization false`},
		{"a key is enough", "", "their key", `0 certificates, key "their key", authorization false`},
		{"so is a password", "cert-a", "their key", `0 certificates, key "", authorization true`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, err := poller.Client(exchange.Source{Channel: exchange.ChannelCSAF, URL: server.URL, CA: ca, User: tt.user, APIKey: tt.key})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if _, _, err := client.Get(t.Context(), server.URL, 0); err != nil || seen != tt.want {
				t.Errorf("the server sees %s (%v), want %s", seen, err, tt.want)
			}
		})
	}
}

func TestPollTAXII(t *testing.T) {
	const clear = "94868c89-83c2-464b-929b-a1a8aa3c8487"
	src := serve(t, exchange.ChannelTAXII, "/api/", map[string]string{
		"/api/": `{"title":"x","versions":["application/taxii+json;version=2.1"]}`,
		"/api/collections/": `{"collections":[{"id":"a","title":"theirs","can_read":true},{"id":"b","title":"inbox","can_write":true},
{"id":"c","title":"broken","can_read":true}]}`,
		"/api/collections/a/objects/": `{"objects":[` + stixOf(1, clear, "") + "," + stixOf(2, clear, "") + `,{"type":"identity","id":"identity--00000000-0000-4000-8000-000000000001"}]}`,
		"/api/collections/c/objects/": `no JSON`,
	})
	came, _, err := pollAll(t, &src, exchange.Team{ID: "TEAM-1"})
	if len(came) != 2 || err == nil || !strings.Contains(err.Error(), "/c/") {
		t.Fatalf("%d came, %v; want two documents, and word of the broken collection", len(came), err)
	}
	for i, a := range came {
		r := Read(a, Facts{})
		if want := fmt.Sprintf("Report %d", i+1); r.Document.Title != want || a.Team != "TEAM-1" || a.Channel != exchange.ChannelTAXII || a.Source != "SRC-1" {
			t.Errorf("%q of %s by %s, want %q", r.Document.Title, a.Team, a.Channel, want)
		}
	}
	if came, _, _ := pollAll(t, &src, exchange.Team{ID: "TEAM-1"}); len(came) != 0 {
		t.Errorf("the next poll brings %d again", len(came))
	}
}

func TestPollMISP(t *testing.T) {
	const uuid = "5f0e4a52-1f35-4d41-8e0b-aa1bb7f10001"
	src := serve(t, exchange.ChannelMISP, "/misp/", map[string]string{
		"/misp/manifest.json":     `{"` + uuid + `":{"Orgc":{"name":"x","uuid":"` + uuid + `"},"info":"Redis","date":"2026-11-20","analysis":"2","threat_level_id":"2","timestamp":"1795000000"}}`,
		"/misp/" + uuid + ".json": `{"Event":{"uuid":"` + uuid + `","info":"Redis","date":"2026-11-20","timestamp":"1795000000","published":true,"Orgc":{"name":"x","uuid":"` + uuid + `"},"Tag":[{"name":"tlp:green"}],"Attribute":[{"uuid":"5f0e4a52-1f35-4d41-8e0b-aa1bb7f10002","type":"vulnerability","category":"External analysis","value":"CVE-2022-0543"}]}}`,
	})
	came, _, err := pollAll(t, &src, exchange.Team{ID: "TEAM-1"})
	if err != nil || len(came) != 1 {
		t.Fatalf("%d came, %v", len(came), err)
	}
	d := Read(came[0], Facts{}).Document
	if d.Format != "misp" || d.Title != "Redis" || d.TLP != "green" || len(d.CVEs) != 1 || d.Namespace != uuid {
		t.Errorf("the event reads %+v", d)
	}
	in := examine(came[0], Facts{Team: exchange.Team{ID: "TEAM-1", State: exchange.TeamConfirmed, MISPOrg: uuid}}).Inbound
	if codes(in) != "signature-none agreement" {
		t.Errorf("problems %q, want none of its namespace", codes(in))
	}
	if came, _, err := pollAll(t, &src, exchange.Team{ID: "TEAM-1"}); err != nil || len(came) != 0 {
		t.Errorf("the next poll brings %d again, %v", len(came), err)
	}
}

// Of an aggregator's list only those are read who are the team.
func TestPollAggregator(t *testing.T) {
	list := `{"csaf_providers":[{"metadata":{"url":"HERE/other.json","publisher":{"namespace":"https://other.example"}},"mirrors":["HERE/other.json"]},
{"metadata":{"url":"HERE/a.json","publisher":{"namespace":"https://cert.example"}},"mirrors":["HERE/mirror/provider-metadata.json"]}]}`
	src := serve(t, exchange.ChannelCSAF, "/aggregator.json", map[string]string{"/aggregator.json": list})
	if _, _, err := pollAll(t, &src, exchange.Team{Namespaces: []string{"https://cert.example"}}); !errors.Is(err, inventory.ErrNotFound) || !strings.Contains(err.Error(), "/mirror/provider-metadata.json") {
		t.Errorf("err = %v, want that the mirror is missing", err)
	}
	if _, _, err := pollAll(t, &src, exchange.Team{Namespaces: []string{"https://new.example"}}); !errors.Is(err, inventory.ErrNotFound) || !strings.Contains(err.Error(), "none with a namespace of the team") {
		t.Errorf("err = %v, want that the team is not listed", err)
	}
}

func TestPollRefuses(t *testing.T) {
	for _, tt := range []struct {
		reason string
		src    exchange.Source
		want   error
	}{
		{"a channel that nobody polls", exchange.Source{Channel: exchange.ChannelMail, URL: "https://cert.example"}, inventory.ErrInvalid},
		{"no host", exchange.Source{Channel: exchange.ChannelCSAF, URL: "https://"}, inventory.ErrInvalid},
		{"an authority that is none", exchange.Source{Channel: exchange.ChannelCSAF, URL: "https://cert.example", CA: "x"}, inventory.ErrInvalid},
		{"a private address", exchange.Source{Channel: exchange.ChannelMISP, URL: "https://10.0.0.1/misp/"}, inventory.ErrForbidden},
		{"the clear text", exchange.Source{Channel: exchange.ChannelMISP, URL: "http://127.0.0.1/misp/"}, inventory.ErrForbidden},
	} {
		if _, _, err := pollAll(t, &tt.src, exchange.Team{}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.reason, err, tt.want)
		}
	}
}
