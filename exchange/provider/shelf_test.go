package provider

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf"
)

// released is when the fixtures' releases begin.
var released = time.Date(2025, 12, 31, 20, 0, 0, 0, time.UTC)

// memory is a shelf: what everybody may have under "", and each team's.
type memory struct {
	mu       sync.Mutex
	pubs     map[exchange.TeamID][]exchange.Publication
	receipts []exchange.Receipt
	broken   error
}

func (m *memory) Published(_ context.Context, who exchange.Caller, f exchange.Format) ([]exchange.Publication, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return nil, m.broken
	}
	out := slices.Clone(m.pubs[""])
	if who.Team != "" {
		out = append(out, m.pubs[who.Team]...)
	}
	for i := range out {
		if out[i].File.Format != f {
			return nil, fmt.Errorf("asked for %s", f)
		}
		out[i].File.Bytes = nil
	}
	return out, nil
}

func (m *memory) PublishedFile(_ context.Context, who exchange.Caller, _ exchange.Format, name string) (exchange.Publication, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return exchange.Publication{}, m.broken
	}
	for _, team := range []exchange.TeamID{who.Team, ""} {
		for _, p := range m.pubs[team] {
			if p.File.Name == name {
				return p, nil
			}
		}
	}
	return exchange.Publication{}, fmt.Errorf("file %s: %w", name, inventory.ErrNotFound)
}

func (m *memory) KeepReceipt(_ context.Context, r exchange.Receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.receipts = append(m.receipts, r)
	return m.broken
}

// CallerByKey and CallerByCertificate make memory a Callers, too: the tests'
// credentials are the teams' names.
func (m *memory) CallerByKey(_ context.Context, sum string) (exchange.Caller, bool, error) {
	for _, team := range []string{"TEAM-1", "TEAM-2"} {
		if sum == digest([]byte("key of "+team)) {
			return exchange.Caller{Team: exchange.TeamID(team), Credential: "key:" + team}, true, m.broken
		}
	}
	return exchange.Caller{}, false, m.broken
}

func (m *memory) CallerByCertificate(_ context.Context, sum string) (exchange.Caller, bool, error) {
	return exchange.Caller{Team: "TEAM-1", Credential: "tls:" + sum}, sum == peerSum, m.broken
}

// peerCert is TEAM-1's client certificate.
var peerCert, peerSum = clientCertificate()

func clientCertificate() (tls.Certificate, string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "peer.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, &x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, digest(der)
}

func writePeerCert(t *testing.T) (cert, key string) {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(peerCert.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "peer.pem"), filepath.Join(dir, "peer.key")
	for name, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: peerCert.Certificate[0]}, key: {Type: "EC PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// A site is a provider that runs on this machine, with real signatures.
type site struct {
	t      *testing.T
	shelf  *memory
	signer *pgp.Signer
	server *httptest.Server
	url    string
	n      int
}

func newSite(t *testing.T, change func(*Options), wrap func(http.Handler) http.Handler) *site {
	t.Helper()
	signer := pgptest.NewSigner(t, "Example CERT", time.Now().Add(-time.Hour), time.Now)
	s := &site{t: t, shelf: &memory{pubs: map[exchange.TeamID][]exchange.Publication{}}, signer: signer}
	s.server = httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(s.server.Listener.Addr().String(), ":")
	s.url = "https://localhost:" + port
	o := Options{
		URL: s.url, Publisher: s.publisher(), Contact: "soc@cert.example", Languages: []string{"en", "bn"},
		Keys:     []exchange.Key{{Fingerprint: signer.Fingerprint(), Armored: signer.PublicKey()}},
		Identify: Identify(s.shelf), Since: released, List: true, Mirror: true,
	}
	if change != nil {
		change(&o)
	}
	h, err := Handler(s.shelf, o)
	if err != nil {
		t.Fatal(err)
	}
	if wrap != nil {
		h = wrap(h)
	}
	s.server.Config.Handler = h
	s.server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	return s
}

func (s *site) publisher() csaf.Publisher {
	return csaf.Publisher{Name: "Example CERT", Namespace: "https://cert.example", Contact: "soc@cert.example", URL: s.url + root}
}

// release puts an advisory on the shelf for a team, or "" for everybody.
func (s *site) release(team exchange.TeamID, tlp advisory.TLP) exchange.Publication {
	s.t.Helper()
	s.n++
	// Over the turn of a year, so that there are two folders.
	at := released.Add(time.Duration(s.n) * 40 * time.Minute)
	a := advisory.Advisory{
		ID: advisory.ID(fmt.Sprintf("ADV-%d", s.n)), Revision: 1, State: advisory.Released, TLP: tlp, Category: advisory.Exposure,
		Title: fmt.Sprintf("Exposed service %d <&>", s.n), Summary: "Seen often.", Impact: "It gives its data to everyone.", Fix: "Set a password.",
		Severity: inventory.SeverityHigh, References: []string{"https://redis.io/security"}, CreatedAt: released, UpdatedAt: at,
		History: []advisory.Change{{Revision: 1, At: at, By: "nima", Summary: "First version."}},
	}
	if s.n%3 == 0 {
		a.Category, a.CVEs = advisory.Vulnerability, []string{"CVE-2022-0543"}
		a.Products = []advisory.Product{{Vendor: "redis", Name: "redis", Version: "6.2", CPE: "cpe:2.3:a:redis:redis:6.2:*:*:*:*:*:*:*"}}
	}
	var b bytes.Buffer
	if err := csaf.Encode(&b, a, s.publisher()); err != nil {
		s.t.Fatal(err)
	}
	return s.put(team, a, b.Bytes())
}

func (s *site) put(team exchange.TeamID, a advisory.Advisory, raw []byte) exchange.Publication {
	s.t.Helper()
	sig, err := s.signer.Sign(raw)
	if err != nil {
		s.t.Fatal(err)
	}
	s256, s512 := sha256.Sum256(raw), sha512.Sum512(raw)
	p := exchange.Publication{
		Release: exchange.ReleaseID(fmt.Sprintf("REL-%d", s.n)), Advisory: a.ID, Revision: a.Revision, TrackingID: string(a.ID),
		Title: a.Title, Summary: a.Summary, TLP: a.TLP, Category: a.Category,
		InitialReleased: a.FirstReleased(), CurrentReleased: a.LastReleased(),
		File: exchange.File{
			Format: exchange.FormatCSAF, Name: csaf.FileName(a), MediaType: "application/json", Bytes: raw,
			SHA256: hex.EncodeToString(s256[:]), SHA512: hex.EncodeToString(s512[:]), Signature: sig,
		},
	}
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	s.shelf.pubs[team] = append(s.shelf.pubs[team], p)
	return p
}

// fill releases what nobody, TEAM-1 and TEAM-2 get to see: 20, 32 and 38 of 50.
func (s *site) fill(public, first, second int) {
	s.t.Helper()
	for range public {
		s.release("", advisory.Clear)
	}
	closed := advisory.TLPs()[1:]
	for i := range first {
		s.release("TEAM-1", closed[i%len(closed)])
	}
	for i := range second {
		s.release("TEAM-2", closed[i%len(closed)])
	}
}

// get fetches as somebody: "", "TEAM-1" (by certificate) or
// "TEAM-2" (by API key).
func (s *site) get(as exchange.TeamID, path string, header ...string) answer {
	s.t.Helper()
	conf := &tls.Config{InsecureSkipVerify: true}
	if as == "TEAM-1" {
		conf.Certificates = []tls.Certificate{peerCert}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if as == "TEAM-2" {
		req.Header.Set("X-Api-Key", "key of TEAM-2")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "method" {
			req.Method = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{status: res.StatusCode, header: res.Header, body: string(body), path: path}
}

// An answer is what a client read.
type answer struct {
	status int
	header http.Header
	body   string
	path   string
}
