package inventory

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Certificate is what a service proves its identity with, as far as people
// and searches ask for it. All of its texts were chosen by strangers and are
// cleaned.
type Certificate struct {
	SHA256     string // of its bytes, lower-case hexadecimal
	Subject    string
	Issuer     string
	Names      []string // host names and addresses that it is made out to
	NotBefore  time.Time
	NotAfter   time.Time
	KeyType    string // "RSA", "ECDSA", "Ed25519" or "other"
	KeyBits    int    // 0 when it is not known
	SelfSigned bool   // it names itself as its issuer
}

// Limits of what is kept of a certificate: those of hosting providers name
// hundreds of strangers.
const (
	maxCertificate      = 64 << 10 // in PEM, in bytes
	maxCertificateNames = 100
	maxCertificateText  = 300
)

// ReadCertificate reads what a service showed, one certificate in PEM with
// anything beside it; false when it is none that can be understood.
func ReadCertificate(text string) (Certificate, bool) {
	if len(text) > maxCertificate {
		return Certificate{}, false
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return Certificate{}, false
	}
	x, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return Certificate{}, false
	}
	sum := sha256.Sum256(x.Raw)
	c := Certificate{
		SHA256: hex.EncodeToString(sum[:]), Subject: CleanText(x.Subject.String(), maxCertificateText),
		Issuer: CleanText(x.Issuer.String(), maxCertificateText), NotBefore: sane(x.NotBefore), NotAfter: sane(x.NotAfter),
		SelfSigned: bytes.Equal(x.RawSubject, x.RawIssuer),
	}
	c.KeyType, c.KeyBits = keyKind(x)
	names := append([]string{x.Subject.CommonName}, x.DNSNames...)
	for _, ip := range x.IPAddresses {
		names = append(names, ip.String())
	}
	for _, n := range names {
		n = strings.ToLower(CleanText(strings.TrimSpace(n), 253))
		if n != "" && !slices.Contains(c.Names, n) && len(c.Names) < maxCertificateNames {
			c.Names = append(c.Names, n)
		}
	}
	return c, true
}

func keyKind(x *x509.Certificate) (kind string, bits int) {
	switch k := x.PublicKey.(type) {
	case *rsa.PublicKey:
		return "RSA", k.N.BitLen()
	case *ecdsa.PublicKey:
		return "ECDSA", k.Curve.Params().BitSize
	case ed25519.PublicKey:
		return "Ed25519", 256
	}
	return "other", 0
}

// sane is t in UTC, within what every form of a report can write.
func sane(t time.Time) time.Time {
	first, last := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	switch t = t.UTC(); {
	case t.Before(first):
		return first
	case t.After(last):
		return last
	}
	return t
}

// A SeenCertificate is where a certificate was seen. At most one of a place is
// not gone.
type SeenCertificate struct {
	Certificate
	Org       OrganizationID
	OrgName   string
	Asset     AssetID
	What      string // the asset as it is registered
	Addr      netip.Addr
	Port      uint16
	Transport Transport
	FirstSeen time.Time
	LastSeen  time.Time
	GoneAt    *time.Time // when another was seen in its place, or its service was gone
}

// EndingWithin is how long before its end a certificate counts as ending: the
// check of our templates says so, too.
const EndingWithin = 30 * 24 * time.Hour

// DaysLeft is how many whole days a certificate is good for yet; below nought
// it has ended.
func (c Certificate) DaysLeft(at time.Time) int {
	left := c.NotAfter.Sub(at)
	days := int(left / (24 * time.Hour))
	if left < 0 {
		days--
	}
	return days
}

// Standing is how a certificate stands at a time: CertificateValid and the
// others.
func (c Certificate) Standing(at time.Time) string {
	switch {
	case c.NotAfter.Before(at):
		return CertificateEnded
	case c.NotAfter.Before(at.Add(EndingWithin)):
		return CertificateEnding
	case c.NotBefore.After(at):
		return CertificateEarly
	}
	return CertificateValid
}

// How a certificate stands.
const (
	CertificateEnded  = "ended"
	CertificateEnding = "ending"
	CertificateEarly  = "not_yet"
	CertificateValid  = "valid"
)

// A CertificateFilter selects certificates that services show now; zero fields
// select everything.
type CertificateFilter struct {
	Org   OrganizationID
	Asset AssetID
	Until time.Time // ends before
	Text  string    // a fingerprint, or words of its names, subject or issuer
	Self  bool      // only those that name themselves as their issuer
}

var fingerprint = regexp.MustCompile(`^(?:[0-9a-f]{2}:?){8,31}[0-9a-f]{2}$`)

// ParseFingerprint reads a SHA-256 fingerprint, or the first nine bytes of one
// and more, with colons or without; false for other texts.
func ParseFingerprint(text string) (string, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if !fingerprint.MatchString(text) {
		return "", false
	}
	return strings.ReplaceAll(text, ":", ""), true
}
