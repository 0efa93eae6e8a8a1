package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/netns"
)

// Addresses beside the lab's, for who exchanges. They are on the loopback of
// the namespace, and no host of the lab has them.
const (
	alphaAddr = "192.0.2.200"
	betaAddr  = "198.51.100.200"
	gammaAddr = "203.0.113.210" // a provider that is not CIIScan
	postAddr  = "192.0.2.225"
)

// private are the reserved prefixes in which peers live here.
const private = "192.0.2.0/24,198.51.100.0/24,203.0.113.0/24"

// addAddresses gives the namespace its further addresses.
func addAddresses(ctx context.Context) error {
	if err := netns.RequirePrivate(); err != nil {
		return err
	}
	for _, a := range []string{alphaAddr, betaAddr, gammaAddr, postAddr} {
		if out, err := exec.CommandContext(ctx, "ip", "addr", "add", a+"/32", "dev", "lo").CombinedOutput(); err != nil {
			return fmt.Errorf("add the address %s: %w: %s", a, err, out)
		}
	}
	return nil
}

// An authority signs the certificates of all who take part. Peers tell each
// other by pinned fingerprints; the authority is only for names of servers.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newAuthority makes one, with its certificate in the folder.
func newAuthority(dir string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	a := &authority{dir: dir, key: key}
	template := validNow("Authority of the demo")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	return a, writePEM(a.file(), "CERTIFICATE", der)
}

// file is the authority's certificate.
func (a *authority) file() string { return filepath.Join(a.dir, "ca.pem") }

// pool trusts the authority alone.
func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue makes a certificate for a server at an address, good for the same
// party as a client, too.
func (a *authority) issue(name, address string) (cert, key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("make a key for %s: %w", name, err)
	}
	template := validNow(name)
	template.IPAddresses = []net.IP{net.ParseIP(address)}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		return "", "", fmt.Errorf("make a certificate for %s: %w", name, err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", fmt.Errorf("make a key for %s: %w", name, err)
	}
	cert, key = filepath.Join(a.dir, name+"-tls.pem"), filepath.Join(a.dir, name+"-tls-key.pem")
	return cert, key, errors.Join(writePEM(cert, "CERTIFICATE", der), writePEM(key, "PRIVATE KEY", secret))
}

func validNow(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62)) // never fails
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

func writePEM(path, kind string, der []byte) error {
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}
