package inventory

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

// certified is a certificate in PEM for a key.
func certified(t *testing.T, key crypto.Signer, usage x509.KeyUsage) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: usage}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// What no letter could be encrypted to is refused when somebody brings it, and
// told what to bring instead.
func TestCertificatesThatWeCannotEncryptTo(t *testing.T) {
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	contact := Contact{Role: RoleTechnical, Name: "Desk", Email: "desk@example.org"}
	for name, c := range map[string]struct{ certificate, want, hint string }{
		"RSA":              {certified(t, long, 0), "", ""},
		"RSA to encrypt":   {certified(t, long, x509.KeyUsageKeyEncipherment), "", ""},
		"P-256":            {certified(t, curve, 0), "not RSA", "OpenPGP"},
		"RSA of 1024 bits": {certified(t, short, 0), "too short", "2048"},
		"RSA to sign":      {certified(t, long, x509.KeyUsageDigitalSignature), "not for encryption", ""},
	} {
		contact.SMIMECertificate = c.certificate
		_, err := contact.Normalize()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(HintOf(err), c.hint)):
			t.Errorf("%s: %v (%s), want %q and %q", name, err, HintOf(err), c.want, c.hint)
		}
	}
}
