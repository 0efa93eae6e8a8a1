package inventory

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strconv"
	"strings"
	"time"
)

const (
	certificateHint = "export the certificate alone, in PEM: it begins with -----BEGIN CERTIFICATE-----"
	rsaHint         = "use an S/MIME certificate with an RSA key of 2048 bits or more, or an OpenPGP key of any kind"
	minRSA          = 2048 // bits
)

// parseCertificate checks that the text is one X.509 certificate in PEM, and
// writes it anew, so that nothing beside it is kept. Empty stays empty.
func parseCertificate(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	wrong := func(message string) (string, error) { // never echoes the text: it may be a private key
		return "", invalid("smime certificate", "", message, certificateHint)
	}
	if strings.Contains(s, "PRIVATE KEY") {
		return wrong("a private key; never give it away")
	}
	block, rest := pem.Decode([]byte(s))
	switch {
	case len(s) > maxKeyBytes:
		return wrong("larger than 256 KiB")
	case block == nil || block.Type != "CERTIFICATE":
		return wrong("not a certificate in PEM")
	case strings.TrimSpace(string(rest)) != "":
		return wrong("more than one certificate")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return wrong("damaged: not an X.509 certificate")
	}
	// What nothing could be encrypted to is refused now, not when the first
	// letter goes out without what it should bring.
	key, isRSA := c.PublicKey.(*rsa.PublicKey)
	switch {
	case !isRSA:
		return "", invalid("smime certificate", c.PublicKeyAlgorithm.String(), "its key is not RSA, and we can encrypt to no other", rsaHint)
	case key.N.BitLen() < minRSA:
		return "", invalid("smime certificate", strconv.Itoa(key.N.BitLen()), "its RSA key is too short", rsaHint)
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageKeyEncipherment == 0:
		return wrong("its key is not for encryption")
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes})), nil
}

// A CertificateInfo is what people compare before they trust a certificate.
type CertificateInfo struct {
	Fingerprint string // SHA-256, lower-case hexadecimal
	Subject     string // cleaned
	Emails      []string
	Until       time.Time
}

// Certificate describes the contact's S/MIME certificate; false when it has
// none.
func (c Contact) Certificate() (CertificateInfo, bool) {
	block, _ := pem.Decode([]byte(c.SMIMECertificate))
	if block == nil {
		return CertificateInfo{}, false
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return CertificateInfo{}, false
	}
	sum := sha256.Sum256(block.Bytes)
	info := CertificateInfo{
		Fingerprint: hex.EncodeToString(sum[:]), Subject: CleanText(cert.Subject.String(), 200), Until: cert.NotAfter.UTC(),
	}
	for _, e := range cert.EmailAddresses {
		info.Emails = append(info.Emails, CleanText(e, 254))
	}
	return info, true
}
