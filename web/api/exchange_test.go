package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

const redis = `{"category":"vulnerability","tlp":"red","title":"Redis runs code","summary":"A script runs code.","cves":["CVE-2022-0543"]}`

// certificatePEM makes a client certificate and its fingerprint.
func certificatePEM(t *testing.T) (text, fingerprint string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "sync.nowhere.example"},
		NotBefore: apitest.Noon.Add(-time.Hour), NotAfter: apitest.Noon.AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), hex.EncodeToString(sum[:])
}

func TestKeyChangeNeedsTwo(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	text, fingerprint := certificatePEM(t)
	body := func(cert, fpr string) string {
		return fmt.Sprintf(`{"certificate":%s,"fingerprint":%q,"verified_by":"amara","verified_how":"by telephone","reason":"first one"}`, quoted(t, cert), fpr)
	}
	const path = "/api/v1/peers/TEAM-1/keys"
	for name, c := range map[string]struct{ body, place string }{
		"of another file":     {body(text, strings.Repeat("ab", 32)), "body.fingerprint"},
		"two certificates":    {body(text+text, ""), "body.certificate"},
		"with a private key":  {body(text+"-----BEGIN PRIVATE KEY-----", ""), "body.certificate"},
		"no certificate":      {body("hello", ""), "body.certificate"},
		"neither":             {body("", ""), "body.openpgp"},
		"no way of comparing": {`{"openpgp":"x","verified_by":"amara","reason":"x"}`, "body.verified_how"},
	} {
		p := read[wire.Problem](t, call(h, auth.Administrator, http.MethodPost, path, c.body), 422)
		if len(p.Errors) != 1 || p.Errors[0].Location != c.place {
			t.Errorf("certificate %s: mistakes = %+v, want one at %s", name, p.Errors, c.place)
		}
	}
	spelled := strings.ToUpper(fingerprint[:2]) + ":" + fingerprint[2:] // as openssl and telephones have it
	k := read[wire.KeyChange](t, call(h, auth.Administrator, http.MethodPost, path, body(text, spelled)), 201)
	if k.State != "waiting" || k.Kind != "tls" || k.Fingerprint != fingerprint {
		t.Fatalf("change = %+v, want the certificate, waiting", k)
	}
	p := read[wire.Problem](t, call(h, auth.Administrator, http.MethodPost, "/api/v1/key-changes/KEY-1/confirm", ""), 403)
	if !strings.Contains(p.Hint, "another person") {
		t.Errorf("confirmed by who asked: hint %q", p.Hint)
	}
	if len(f.Peers[0].Certificates) != 0 {
		t.Fatal("the certificate is trusted before a second person said so")
	}
	read[struct{}](t, call(h, auth.Approver, http.MethodPost, "/api/v1/key-changes/KEY-1/confirm", ""), 204)
	peer := read[wire.Peer](t, call(h, auth.Auditor, http.MethodGet, "/api/v1/peers/TEAM-1", ""), 200)
	if len(peer.Certificates) != 1 || !peer.Certificates[0].Usable || peer.Certificates[0].Subject != "CN=sync.nowhere.example" {
		t.Errorf("certificates = %+v, want the one, in force", peer.Certificates)
	}
}

func TestSecretsDoNotComeBack(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	k := read[wire.PeerSecret](t, call(h, auth.Approver, http.MethodPost, "/api/v1/peers/TEAM-1/api-keys", `{"name":"sync","expires":"2027-01-01T00:00:00Z"}`), 201)
	sum := sha256.Sum256([]byte(k.Secret))
	if !strings.HasPrefix(k.Secret, "cii_peer_") || f.Peers[0].APIKeys[0].SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("secret %q is kept as %+v, want its hash alone", k.Secret, f.Peers[0].APIKeys)
	}
	read[wire.Source](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/sources",
		`{"peer_id":"TEAM-1","channel":"misp","url":"https://misp.example/feed","api_key":"hunter2"}`), 201)
	if f.Polled[0].APIKey != "hunter2" || f.Polled[0].Every != 15*time.Minute {
		t.Errorf("kept %+v, want the key, and every 15 minutes", f.Polled[0])
	}
	for _, path := range []string{"/peers", "/peers/TEAM-1", "/sources", "/sources?peer=TEAM-1", "/reminders"} {
		w := call(h, auth.Administrator, http.MethodGet, Base+path, "")
		if w.Code != 200 || strings.Contains(w.Body.String(), "hunter2") || strings.Contains(w.Body.String(), k.Secret) || strings.Contains(w.Body.String(), hex.EncodeToString(sum[:])) {
			t.Errorf("GET %s = %d and tells a secret or its hash: %s", path, w.Code, w.Body)
		}
	}
	for _, body := range []string{
		`{"peer_id":"TEAM-1","channel":"csaf","url":"http://cert.example/feed","api_key":"x"}`,
		`{"peer_id":"TEAM-1","channel":"csaf","url":"https://user:pw@cert.example/feed"}`,
		`{"peer_id":"TEAM-1","channel":"csaf","url":"https://cert.example/","hosts":["https://cdn.example"]}`,
		`{"peer_id":"TEAM-1","channel":"csaf","url":"https://cert.example/","every":"soon"}`,
		`{"peer_id":"TEAM-1","channel":"csaf","url":"https://cert.example/","ca":"none"}`,
		`{"peer_id":"TEAM-1","channel":"mail","url":"https://cert.example/"}`,
	} {
		if p := read[wire.Problem](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/sources", body), 422); len(p.Errors) != 1 {
			t.Errorf("source %s: mistakes %+v, want one", body, p.Errors)
		}
	}
}

func TestReleaseNeedsLegalAndTwo(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	post := func(role auth.Role, path, body string, status int) string {
		t.Helper()
		w := call(h, role, http.MethodPost, Base+path, body)
		if w.Code != status {
			t.Fatalf("POST %s as %s = %d, want %d: %s", path, role, w.Code, status, w.Body)
		}
		return w.Body.String()
	}
	post(auth.Analyst, "/advisories/new", redis, 201)
	post(auth.Analyst, "/advisories/ADV-1/submit", "", 200)
	post(auth.Approver, "/advisories/ADV-1/approve", "", 200)
	post(auth.Approver, "/advisories/ADV-1/approve-legal", "", 403)
	post(auth.LegalOfficer, "/advisories/ADV-1/approve", "", 403)

	f.Clause = "MoU 2022/17 lets nothing above AMBER go"
	refused := post(auth.Analyst, "/releases", `{"advisory_id":"ADV-1","peer_id":"TEAM-1"}`, 403)
	if !strings.Contains(refused, f.Clause) || len(f.LetOut) != 0 {
		t.Errorf("refusal %s with %d requests kept, want the clause and none", refused, len(f.LetOut))
	}
	f.Clause, f.Leak = "", "adv-1.json tells 192.0.2.10 (as it is)"
	if refused = post(auth.Analyst, "/releases", `{"advisory_id":"ADV-1","peer_id":"TEAM-1"}`, 403); !strings.Contains(refused, "192.0.2.10") || len(f.LetOut) != 0 {
		t.Errorf("a leak: %s with %d requests kept", refused, len(f.LetOut))
	}
	f.Leak = ""
	post(auth.Analyst, "/releases", `{"advisory_id":"ADV-1"}`, 422)
	post(auth.Analyst, "/releases", `{"advisory_id":"ADV-1","peer_id":"TEAM-1","public":true}`, 422)
	post(auth.Analyst, "/releases", `{"advisory_id":"ADV-1","peer_id":"TEAM-1","profile":{"address":"drop"}}`, 201)
	if got := f.LetOut[0]; got.Agreement != "AGR-1" || got.Profile.Address != exchange.Drop || !slices.Equal(got.Channels, []exchange.Channel{exchange.ChannelCSAF}) {
		t.Errorf("asked for %+v, want the agreement that allows it, the redaction, and the channels of the preview", got)
	}
	post(auth.LegalOfficer, "/releases/REL-1/approve-legal", "", 200)
	post(auth.Analyst, "/releases/REL-1/approve", "", 403)

	f.Clause = "MoU 2022/17 expired this morning" // between request and approval
	if refused = post(auth.Approver, "/releases/REL-1/approve", "", 403); !strings.Contains(refused, f.Clause) || !strings.Contains(refused, "nothing left") {
		t.Errorf("refusal at the gate = %s, want its clause", refused)
	}
	f.Clause = ""
	post(auth.Approver, "/releases/REL-1/approve", "", 200)
	w := call(h, auth.Auditor, http.MethodGet, "/api/v1/releases/REL-1/files/adv-1.json", "")
	if w.Code != 200 || w.Body.String() != `{"document":{}}` {
		t.Errorf("released file = %d %q, want its very bytes", w.Code, w.Body)
	}
	if sig := call(h, auth.Auditor, http.MethodGet, "/api/v1/releases/REL-1/files/adv-1.json.asc", ""); sig.Body.String() != "signed" {
		t.Errorf("signature = %d %s", sig.Code, sig.Body)
	}
	read[wire.Problem](t, call(h, auth.Auditor, http.MethodGet, "/api/v1/releases/REL-1/files/other.json", ""), 404)
	want := []string{
		"the-analyst advisory.create", "the-analyst advisory.submit ADV-1",
		"the-analyst release.deny ADV-1 to TEAM-1: refused by tlp-ceiling: MoU 2022/17 lets nothing above AMBER go",
		"the-analyst release.deny ADV-1 to TEAM-1: refused by dropped-values: adv-1.json tells 192.0.2.10 (as it is)",
		"the-analyst release.request ADV-1 to TEAM-1",
		"the-legal_officer advisory.legal ADV-1", "the-approver release.approve REL-1",
	}
	if !slices.Equal(f.Acts, want) {
		t.Errorf("acts = %q,\nwant %q", f.Acts, want)
	}
}

func TestAdvisoryTextsNameNobody(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{http.MethodPost, "/advisories/new", strings.Replace(redis, "Redis runs", "Lanka Water Board runs", 1), 422},
		{http.MethodPost, "/advisories/new", redis, 201},
		{http.MethodPatch, "/advisories/ADV-1", `{"summary":"Seen at 192.0.2.10."}`, 422},
		{http.MethodPatch, "/advisories/ADV-1", `{"fix":"Update."}`, 200},
	} {
		if w := call(h, auth.Analyst, c.method, Base+c.path, c.body); w.Code != c.status {
			t.Errorf("%s %s %s = %d, want %d: %s", c.method, c.path, c.body, w.Code, c.status, w.Body)
		}
	}
	if got := f.Drafted[0]; got.Summary != "A script runs code." {
		t.Errorf("draft says %q after a refused edit", got.Summary)
	}
}

func TestInboundIsHandedOutAsAFile(t *testing.T) {
	h := newAPI(t, apitest.New())
	w := call(h, auth.LegalOfficer, http.MethodGet, "/api/v1/inbox/IN-1/raw", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("raw document = %d with %v, want a download that no browser runs", w.Code, w.Header())
	}
	x := read[wire.InboundDetail](t, call(h, auth.Auditor, http.MethodGet, "/api/v1/inbox/IN-1", ""), 200)
	if strings.Contains(x.Title, "\x1b") || len(x.Products) != 1 || x.Signature != "good" {
		t.Errorf("document = %+v, want a clean title", x)
	}
}

func TestListsOfOnePeer(t *testing.T) {
	f := apitest.New()
	f.LetOut = []exchange.Release{{ID: "REL-1", Team: "TEAM-1", State: exchange.ReleaseDone}, {ID: "REL-2", Team: "TEAM-2", State: exchange.ReleaseRequested}}
	h := newAPI(t, f)
	for query, want := range map[string]int{"/releases": 2, "/releases?peer=TEAM-2": 1, "/releases?peer=TEAM-2&state=released": 0, "/inbox?peer=TEAM-1&state=accepted": 1, "/inbox?peer=TEAM-9": 0, "/inbox/IN-1/matches?verdict=fixed": 0, "/matches?inbound=IN-1": 1} {
		list := read[wire.List[map[string]any]](t, call(h, auth.Auditor, http.MethodGet, Base+query, ""), 200)
		if len(list.Items) != want {
			t.Errorf("%s lists %d, want %d", query, len(list.Items), want)
		}
	}
}

func TestYearsOfTheLedger(t *testing.T) {
	h := newAPI(t, apitest.New())
	for path, media := range map[string]string{
		"/ledger?format=csv": "text/csv", "/ledger/plan?format=html": "text/html", "/ledger?format=html,csv&peer=TEAM-1": "application/zip", "/ledger/plan": "application/json",
	} {
		w := call(h, auth.Auditor, http.MethodGet, Base+path, "")
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), media) {
			t.Errorf("GET %s = %d %s, want %s: %s", path, w.Code, w.Header().Get("Content-Type"), media, w.Body)
		}
	}
	y := read[wire.LedgerYear](t, call(h, auth.Auditor, http.MethodGet, "/api/v1/ledger?year=2026", ""), 200)
	if y.Received.Documents != 2 || y.Received.Affected != 1 {
		t.Errorf("ledger = %+v, want two documents received and one that affects", y)
	}
	for query, place := range map[string]string{"?year=1999": "query.year", "?year=2027": "query.year", "?format=pdf": "query.format"} {
		p := read[wire.Problem](t, call(h, auth.Auditor, http.MethodGet, "/api/v1/ledger"+query, ""), 422)
		if len(p.Errors) != 1 || p.Errors[0].Location != place {
			t.Errorf("ledger%s: mistakes %+v, want one at %s", query, p.Errors, place)
		}
	}
}

// TestHistoryNamesNobody tries words that could never be taken out again.
func TestHistoryNamesNobody(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	read[wire.Advisory](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/advisories/new", redis), 201)
	f.Drafted[0].State = advisory.Released
	for path, field := range map[string]string{"revise": "summary", "withdraw": "reason"} {
		for _, words := range []string{"wrong about Lanka Water Board", "not seen at 192.0.2.10"} {
			p := read[wire.Problem](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/advisories/ADV-1/"+path, fmt.Sprintf(`{%q:%q}`, field, words)), 422)
			if len(p.Errors) != 1 || !strings.HasSuffix(p.Errors[0].Location, field) || p.Hint == "" || f.Drafted[0].Revision != 1 {
				t.Errorf("%s %q: %+v, revision %d", path, words, p, f.Drafted[0].Revision)
			}
		}
	}
	read[wire.Advisory](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/advisories/ADV-1/withdraw", `{"reason":"the check was wrong"}`), 200)
}

func TestOtherCountryIsConfirmedAgain(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	f.Peers[0].State = exchange.TeamConfirmed
	f.Peers[0].Contacts = []exchange.Contact{{Role: exchange.PointOfContact, Email: "desk@cert.example"}}
	country := f.Peers[0].Country
	peer := read[wire.Peer](t, call(h, auth.Analyst, http.MethodPatch, "/api/v1/peers/TEAM-1", fmt.Sprintf(`{"country":%q,"name":"Another name"}`, strings.ToLower(country))), 200)
	if peer.State != "confirmed" || peer.Name != "Another name" {
		t.Errorf("peer %+v, want the name changed, and confirmed", peer)
	}
	if peer = read[wire.Peer](t, call(h, auth.Analyst, http.MethodPatch, "/api/v1/peers/TEAM-1", `{"country":"BT"}`), 200); peer.State != "example" {
		t.Errorf("peer of another country is %s: one person let victims of that country be named", peer.State)
	}
}

func TestOriginatorConsents(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	read[wire.Advisory](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/advisories/new", redis), 201)
	f.Drafted[0].Origins = []advisory.Origin{{Team: "TEAM-9", Document: "https://nowhere.example/X-1 1", TLP: advisory.Red}}
	const path = "/api/v1/advisories/ADV-1/origin-consent"
	for body, status := range map[string]int{
		`{"peer_id":"TEAM-9","to":["TEAM-77"],"reason":"by mail"}`: 404,
		`{"peer_id":"TEAM-1","to":["*"],"reason":"by mail"}`:       409,
		`{"peer_id":"TEAM-9","to":["TEAM-1"],"reason":""}`:         422,
		`{"peer_id":"TEAM-9","reason":"by mail"}`:                  422,
	} {
		read[wire.Problem](t, call(h, auth.Approver, http.MethodPost, path, body), status)
	}
	const good = `{"peer_id":"TEAM-9","to":["TEAM-1"],"reason":"by mail"}`
	read[wire.Problem](t, call(h, auth.Analyst, http.MethodPost, path, good), 403)
	got := read[wire.Advisory](t, call(h, auth.Approver, http.MethodPost, path, good), 200)
	if len(got.Origins) != 1 || !slices.Equal(got.Origins[0].Consent, []string{"TEAM-1"}) {
		t.Errorf("origins %+v", got.Origins)
	}
}

// TestOnwardFreely drafts from what came under an agreement by which it may go
// on without asking, as far as its label lets it.
func TestOnwardFreely(t *testing.T) {
	for _, c := range []struct {
		reason string
		onward exchange.Onward
		label  advisory.TLP
		state  exchange.AgreementState
		want   []string
	}{
		{"free and green", exchange.OnwardFree, advisory.Green, exchange.AgreementSigned, []string{"*"}},
		{"free and amber", exchange.OnwardFree, advisory.Amber, exchange.AgreementSigned, []string{}},
		{"free and suspended", exchange.OnwardFree, advisory.Green, exchange.AgreementSuspended, []string{}},
		{"with consent", exchange.OnwardConsent, advisory.Green, exchange.AgreementSigned, []string{}},
		{"to constituents", exchange.OnwardConstituents, advisory.Clear, exchange.AgreementSigned, []string{}},
		{"to nobody", exchange.OnwardNone, advisory.Green, exchange.AgreementSigned, []string{}},
	} {
		f := apitest.New()
		f.Agreed = append(f.Agreed, exchange.Agreement{
			ID: "AGR-9", Team: "TEAM-1", State: c.state, EffectiveAt: apitest.Noon.AddDate(-1, 0, 0), ExpiresAt: apitest.Noon.AddDate(1, 0, 0),
			Take: exchange.Terms{Onward: c.onward},
		})
		f.Came[0].Agreement, f.Came[0].Document.TLP = "AGR-9", c.label
		a := read[wire.Advisory](t, call(newAPI(t, f), auth.Analyst, http.MethodPost, "/api/v1/inbox/IN-1/advisory", ""), 201)
		if len(a.Origins) != 1 || !slices.Equal(a.Origins[0].Consent, c.want) {
			t.Errorf("%s: origins %+v, want consent %v", c.reason, a.Origins, c.want)
		}
	}
}
