package post

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/ciiscan/ciiscan/notify"
)

// An Identity signs S/MIME.
type Identity struct {
	certificate *x509.Certificate
	chain       []*x509.Certificate
	key         crypto.PrivateKey
}

// LoadIdentity reads a certificate and its key, as PEM files.
func LoadIdentity(certFile, keyFile string) (*Identity, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("load the S/MIME certificate: %w", err)
	}
	out := &Identity{key: pair.PrivateKey}
	for i, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("read the S/MIME certificate: %w", err)
		}
		if i == 0 {
			out.certificate = c
		} else {
			out.chain = append(out.chain, c)
		}
	}
	return out, nil
}

// recipientOf reads a contact's certificate, and says what is wrong with it.
// Who issued it is not asked: the contact gave it to us, as it gave its address.
func recipientOf(armored string, at time.Time) (*x509.Certificate, notify.Problem, error) {
	block, _ := pem.Decode([]byte(armored))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, notify.KeyBroken, errors.New("it is no certificate in PEM")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, notify.KeyBroken, err
	}
	if at.After(c.NotAfter) || at.Before(c.NotBefore) {
		return nil, notify.KeyExpired, fmt.Errorf("it holds from %s to %s", c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	switch {
	case !ok:
		return nil, notify.KeyBroken, errors.New("its key is not RSA, which is all that we can encrypt to")
	case key.N.BitLen() < 2048:
		return nil, notify.KeyBroken, fmt.Errorf("its RSA key has %d bits; 2048 are the least", key.N.BitLen())
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageKeyEncipherment == 0:
		return nil, notify.KeyBroken, errors.New("its key is not for encryption")
	}
	return c, notify.NoProblem, nil
}

// useAES chooses the cipher, which the library keeps in a variable of its own
// and has at DES.
var useAES = sync.OnceFunc(func() { pkcs7.ContentEncryptionAlgorithm = pkcs7.EncryptionAlgorithmAES256CBC })

// seal signs a MIME entity, where we have a certificate, and encrypts it.
func seal(entity []byte, to *x509.Certificate, own *Identity) ([]byte, error) {
	useAES()
	if own != nil {
		signed, err := own.sign(entity)
		if err != nil {
			return nil, err
		}
		entity = signed
	}
	sealed, err := pkcs7.Encrypt(entity, []*x509.Certificate{to})
	if err != nil {
		return nil, fmt.Errorf("encrypt for S/MIME: %w", err)
	}
	return sealed, nil
}

// sign wraps an entity in another that is signed.
func (i *Identity) sign(entity []byte) ([]byte, error) {
	data, err := pkcs7.NewSignedData(entity)
	if err != nil {
		return nil, fmt.Errorf("sign for S/MIME: %w", err)
	}
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if _, ok := i.key.(*ecdsa.PrivateKey); ok {
		data.SetEncryptionAlgorithm(pkcs7.OIDDigestAlgorithmECDSASHA256)
	}
	if err := data.AddSignerChain(i.certificate, i.key, i.chain, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, fmt.Errorf("sign for S/MIME: %w", err)
	}
	der, err := data.Finish()
	if err != nil {
		return nil, fmt.Errorf("sign for S/MIME: %w", err)
	}
	var b bytes.Buffer
	b.WriteString("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=\"smime.p7m\"\r\n" +
		"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n")
	writeBase64(&b, der)
	return b.Bytes(), nil
}

func writeBase64(b *bytes.Buffer, data []byte) {
	const perLine = 57
	for len(data) > 0 {
		n := min(perLine, len(data))
		b.WriteString(base64.StdEncoding.EncodeToString(data[:n]) + "\r\n")
		data = data[n:]
	}
}
