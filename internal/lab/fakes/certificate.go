package fakes

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// An Authority is the lab's own certificate authority. Nothing outside the
// lab trusts it.
type Authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	now  time.Time
}

// NewAuthority makes one whose certificates are judged from the given moment.
func NewAuthority(now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make authority key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Lab Root CA", Organization: []string{"Lab"}},
		NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(8, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read authority: %w", err)
	}
	return &Authority{cert: cert, key: key, now: now}, nil
}

// trusted is a certificate in order: right names, in time, signed by another.
func trusted(a *Authority, o Options) (*tls.Config, error) {
	return a.issue(o, a.now.AddDate(0, -1, 0), a.now.AddDate(0, 11, 0), a.key, a.cert)
}

// expired ended three months ago.
func expired(a *Authority, o Options) (*tls.Config, error) {
	return a.issue(o, a.now.AddDate(-1, -3, 0), a.now.AddDate(0, -3, 0), a.key, a.cert)
}

// selfSigned vouches for itself.
func selfSigned(a *Authority, o Options) (*tls.Config, error) {
	return a.issue(o, a.now.AddDate(0, -1, 0), a.now.AddDate(0, 11, 0), nil, nil)
}

// oldTLS is in order but for the protocol, which is TLS 1.0 and nothing newer.
func oldTLS(a *Authority, o Options) (*tls.Config, error) {
	c, err := trusted(a, o)
	if err == nil {
		c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
	}
	return c, err
}

// issue makes a certificate, signed with the signer's key, or with its own
// when there is none.
func (a *Authority) issue(o Options, from, until time.Time, signer crypto.Signer, parent *x509.Certificate) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "lab host"},
		NotBefore: from, NotAfter: until, DNSNames: o.Names,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if len(o.Names) > 0 {
		template.Subject.CommonName = o.Names[0]
	}
	if o.Addr.IsValid() {
		template.IPAddresses = []net.IP{o.Addr.AsSlice()}
	}
	chain := [][]byte{}
	if parent == nil {
		parent, signer = template, key
	} else {
		chain = append(chain, parent.Raw)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	leaf := tls.Certificate{Certificate: append([][]byte{der}, chain...), PrivateKey: key}
	return &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
}
