package inventory_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// shown is a certificate in PEM, as a service shows it.
func shown(t *testing.T, template x509.Certificate) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(7)
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestReadCertificate(t *testing.T) {
	from, until := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	text := shown(t, x509.Certificate{
		Subject: pkix.Name{CommonName: "Portal.Example.org", Organization: []string{"Grid\u202e <b>"}}, NotBefore: from, NotAfter: until,
		DNSNames: []string{"portal.example.org", "*.portal.example.org"}, IPAddresses: []net.IP{net.ParseIP("192.0.2.10")},
	})
	c, ok := inventory.ReadCertificate("what nmap says\n" + text)
	if !ok || len(c.SHA256) != 64 || c.KeyType != "ECDSA" || c.KeyBits != 256 || !c.SelfSigned || c.NotBefore != from || c.NotAfter != until {
		t.Fatalf("ReadCertificate = %+v, %t", c, ok)
	}
	if want := []string{"portal.example.org", "*.portal.example.org", "192.0.2.10"}; !slices.Equal(c.Names, want) {
		t.Errorf("names = %q, want %q", c.Names, want)
	}
	if strings.ContainsRune(c.Subject, '\u202e') || c.Issuer != c.Subject {
		t.Errorf("subject %q, issuer %q: want them alike and cleaned", c.Subject, c.Issuer)
	}
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprintf("h%d.example.org", i)
	}
	if c, ok := inventory.ReadCertificate(shown(t, x509.Certificate{NotBefore: from, NotAfter: until, DNSNames: many})); !ok || len(c.Names) != 100 {
		t.Errorf("%d of 300 names are kept, %t", len(c.Names), ok)
	}
	for _, bad := range []string{"", "no certificate", strings.Replace(text, "MII", "MIJ", 1), strings.Repeat(text, 200)} {
		if _, ok := inventory.ReadCertificate(bad); ok {
			t.Errorf("ReadCertificate(%.40q) reads it", bad)
		}
	}
}

func TestCertificateStanding(t *testing.T) {
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		from, until time.Duration
		days        int
		want        string
	}{
		{-48 * time.Hour, -time.Hour, -1, inventory.CertificateEnded},
		{-48 * time.Hour, 36 * time.Hour, 1, inventory.CertificateEnding},
		{time.Hour, 90 * 24 * time.Hour, 90, inventory.CertificateEarly},
		{-time.Hour, 90 * 24 * time.Hour, 90, inventory.CertificateValid},
	} {
		c := inventory.Certificate{NotBefore: at.Add(tt.from), NotAfter: at.Add(tt.until)}
		if c.Standing(at) != tt.want || c.DaysLeft(at) != tt.days {
			t.Errorf("from %s until %s: %s with %d days, want %s with %d", tt.from, tt.until, c.Standing(at), c.DaysLeft(at), tt.want, tt.days)
		}
	}
}

func TestParseFingerprint(t *testing.T) {
	whole := strings.Repeat("a1", 32)
	for text, want := range map[string]string{
		whole: whole, strings.ToUpper(whole): whole, " " + strings.TrimSuffix(strings.Repeat("A1:", 32), ":") + "\n": whole,
		whole[:18]: whole[:18], whole[:16]: "", whole + "a1": "", "example.org": "", "": "",
	} {
		if got, ok := inventory.ParseFingerprint(text); got != want || ok != (want != "") {
			t.Errorf("ParseFingerprint(%q) = %q, %t, want %q", text, got, ok, want)
		}
	}
}

// TestDiscoverInCertificates finds the names of certificates of services, too.
func TestDiscoverInCertificates(t *testing.T) {
	found := inventory.Discover(inventory.Observation{Asset: "A-1", Service: &inventory.Service{
		Certificate: &inventory.Certificate{Names: []string{"www.example.net", "*.shop.example.net", "localhost", "10.0.0.1", "Not A Name"}},
	}}, inventory.Check{})
	var got []string
	for _, d := range found {
		got = append(got, d.Address.String())
	}
	if want := []string{"www.example.net", "shop.example.net"}; !slices.Equal(got, want) {
		t.Errorf("discovered %q, want %q", got, want)
	}
}
