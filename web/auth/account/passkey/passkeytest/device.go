// Package passkeytest has a device that keeps passkeys, for tests: it answers
// as a browser does, and lies where it is told to.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// A Device has one passkey. Change what it says of itself between answers.
type Device struct {
	Origin     string // where its browser is
	RP         string // whom it makes and uses passkeys for; "" is whoever asks
	Handle     []byte // of the passkey's holder
	Counter    uint32 // of uses; each answer adds one
	Unverified bool   // it does not know who holds it

	t   testing.TB
	id  []byte
	key *ecdsa.PrivateKey
}

// New makes a device whose browser is at origin.
func New(t testing.TB, origin string) *Device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &Device{Origin: origin, t: t, id: []byte(rand.Text()), key: key}
}

// options are what both ceremonies ask of a device.
type options struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"` // of get
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"` // of create
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

// Flags of authenticator data (WebAuthn section 6.1).
const (
	present  = 1
	verified = 4
	attested = 64
)

// Make makes the passkey, and answers what was asked.
func (d *Device) Make(asked json.RawMessage) []byte {
	d.t.Helper()
	o := d.read(asked)
	handle, err := base64.RawURLEncoding.DecodeString(o.User.ID)
	d.must(err)
	d.Handle = handle
	point, err := d.key.PublicKey.Bytes() // 4, X, Y
	d.must(err)
	public, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}) // COSE: EC2, ES256, P-256
	d.must(err)
	data := d.data(o.RP.ID, attested)
	data = append(data, make([]byte, 16)...) // the model is nobody's affair
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.id)))
	data = append(append(data, d.id...), public...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	d.must(err)
	return d.answer(map[string]any{"clientDataJSON": text(d.client("webauthn.create", o)), "attestationObject": text(object)})
}

// Get answers with the passkey.
func (d *Device) Get(asked json.RawMessage) []byte {
	d.t.Helper()
	o := d.read(asked)
	d.Counter++
	client, data := d.client("webauthn.get", o), d.data(o.RPID, 0)
	clientSum := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), clientSum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	d.must(err)
	return d.answer(map[string]any{
		"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature), "userHandle": text(d.Handle),
	})
}

func (d *Device) read(asked json.RawMessage) (o options) {
	d.t.Helper()
	d.must(json.Unmarshal(asked, &o))
	if d.RP != "" {
		o.RP.ID, o.RPID = d.RP, d.RP
	}
	return o
}

func (d *Device) client(kind string, o options) []byte {
	d.t.Helper()
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": o.Challenge, "origin": d.Origin, "crossOrigin": false})
	d.must(err)
	return b
}

func (d *Device) data(rp string, flags byte) []byte {
	flags |= present
	if !d.Unverified {
		flags |= verified
	}
	sum := sha256.Sum256([]byte(rp))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), d.Counter)
}

func (d *Device) answer(response map[string]any) []byte {
	d.t.Helper()
	b, err := json.Marshal(map[string]any{
		"id": text(d.id), "rawId": text(d.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response,
	})
	d.must(err)
	return b
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (d *Device) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}
