package passkey_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/passkey"
	"github.com/ciiscan/ciiscan/web/auth/account/passkey/passkeytest"
)

const origin = "https://console.cert.example"

// enrolled is a person with a passkey on a device.
func enrolled(t *testing.T) (*passkey.Party, *passkeytest.Device, account.PasskeyHolder) {
	t.Helper()
	p, err := passkey.New("CERT Example", origin)
	if err != nil {
		t.Fatal(err)
	}
	d := passkeytest.New(t, origin)
	u := account.PasskeyHolder{Handle: account.NewHandle(), Name: "amara"}
	asked, err := p.Make(u, p.Origin("console.cert.example"))
	if err != nil {
		t.Fatal(err)
	}
	made, err := p.Made(u, asked.State, d.Make(asked.Options))
	if err != nil {
		t.Fatal(err)
	}
	made.ID = "KEY-1"
	u.Keys = []account.Passkey{made}
	return p, d, u
}

// ask asks for an answer: as a second factor, or alone.
func ask(t *testing.T, p *passkey.Party, u account.PasskeyHolder, alone bool) account.Ceremony {
	t.Helper()
	c, err := p.Ask(u, origin)
	if alone {
		c, err = p.AskAnybody(origin)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPasskeyIsMadeAndUsed(t *testing.T) {
	p, d, u := enrolled(t)
	for _, alone := range []bool{false, true} {
		c := ask(t, p, u, alone)
		answer := d.Get(c.Options)
		if credential, err := p.Credential(answer); err != nil || !bytes.Equal(credential, u.Keys[0].Credential) {
			t.Errorf("Credential = %x, %v", credential, err)
		}
		id, record, err := p.Check(u, c.State, answer)
		if err != nil || id != "KEY-1" || bytes.Equal(record, u.Keys[0].Record) {
			t.Fatalf("alone %t: Check = %s, %v; record %s", alone, id, err, record)
		}
		u.Keys[0].Record = record
	}
}

// Whatever does not fit what was asked proves nothing, as a second factor and
// alone.
func TestAnswersThatDoNotFit(t *testing.T) {
	for _, alone := range []bool{false, true} {
		p, d, u := enrolled(t)
		other := ask(t, p, u, alone)
		for name, answer := range map[string]func(json.RawMessage) []byte{
			"of another site": func(o json.RawMessage) []byte {
				d.Origin = "https://console.cert.example.evil.example"
				return d.Get(o)
			},
			"of a port beside": func(o json.RawMessage) []byte { d.Origin = origin + ":8443"; return d.Get(o) },
			"in clear": func(o json.RawMessage) []byte {
				d.Origin = "http://console.cert.example"
				return d.Get(o)
			},
			"for another party":    func(o json.RawMessage) []byte { d.RP = "evil.example"; return d.Get(o) },
			"to another challenge": func(json.RawMessage) []byte { return d.Get(other.Options) },
			"of another key": func(o json.RawMessage) []byte {
				stranger := passkeytest.New(t, origin)
				stranger.Handle = d.Handle
				return stranger.Get(o)
			},
			"of another holder": func(o json.RawMessage) []byte { d.Handle = []byte(account.NewHandle()); return d.Get(o) },
			"changed": func(o json.RawMessage) []byte {
				var a struct {
					ID       string            `json:"id"`
					RawID    string            `json:"rawId"`
					Type     string            `json:"type"`
					Response map[string]string `json:"response"`
				}
				if err := json.Unmarshal(d.Get(o), &a); err != nil {
					t.Fatal(err)
				}
				data := []byte(a.Response["authenticatorData"])
				data[len(data)-1] ^= 1 // the counter
				a.Response["authenticatorData"] = string(data)
				b, err := json.Marshal(a)
				if err != nil {
					t.Fatal(err)
				}
				return b
			},
			"no answer": func(json.RawMessage) []byte { return []byte(`{"type":"public-key"}`) },
		} {
			d.Origin, d.RP, d.Handle = origin, "", []byte(u.Handle)
			c := ask(t, p, u, alone)
			if _, _, err := p.Check(u, c.State, answer(c.Options)); !errors.Is(err, account.ErrPasskey) || errors.Is(err, account.ErrPasskeyCopied) {
				t.Errorf("alone %t: an answer %s = %v, want %v", alone, name, err, account.ErrPasskey)
			}
		}
	}
}

// A counter that does not go on tells of a second device with the same key.
func TestCopiedPasskeyIsNoticed(t *testing.T) {
	p, d, u := enrolled(t)
	for range 3 {
		c := ask(t, p, u, false)
		_, record, err := p.Check(u, c.State, d.Get(c.Options))
		if err != nil {
			t.Fatal(err)
		}
		u.Keys[0].Record = record
	}
	for _, counter := range []uint32{d.Counter - 1, d.Counter - 3} { // each answer adds one
		d.Counter = counter
		c := ask(t, p, u, true)
		if _, _, err := p.Check(u, c.State, d.Get(c.Options)); !errors.Is(err, account.ErrPasskeyCopied) {
			t.Errorf("counter %d = %v, want %v", d.Counter, err, account.ErrPasskeyCopied)
		}
	}
}

func TestAloneTheHolderHasToBeKnown(t *testing.T) {
	p, d, u := enrolled(t)
	d.Unverified = true
	c := ask(t, p, u, true)
	if _, _, err := p.Check(u, c.State, d.Get(c.Options)); !errors.Is(err, account.ErrPasskey) {
		t.Errorf("an unverified holder alone = %v", err)
	}
	c = ask(t, p, u, false)
	if _, _, err := p.Check(u, c.State, d.Get(c.Options)); err != nil {
		t.Errorf("an unverified holder after the password = %v", err)
	}
}

func TestMadeElsewhereIsRefused(t *testing.T) {
	p, _, u := enrolled(t)
	for name, d := range map[string]*passkeytest.Device{
		"another site":  passkeytest.New(t, "https://evil.example"),
		"another party": {},
	} {
		if name == "another party" {
			d = passkeytest.New(t, origin)
			d.RP = "evil.example"
		}
		c, err := p.Make(u, origin)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Made(u, c.State, d.Make(c.Options)); !errors.Is(err, account.ErrPasskey) {
			t.Errorf("made for %s = %v", name, err)
		}
	}
}

func TestOriginIsOfTheConsole(t *testing.T) {
	public, err := passkey.New("x", origin+"/")
	if err != nil {
		t.Fatal(err)
	}
	local, err := passkey.New("x", "http://localhost:8480")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p          *passkey.Party
		host, want string
	}{
		{public, "evil.example", origin},
		{public, "localhost:8481", origin},
		{local, "localhost:8481", "http://localhost:8481"}, // ciiscan console
		{local, "evil.example:8480", "http://localhost:8480"},
		{local, "x@localhost:8480", "http://localhost:8480"},
		{local, "localhost:8480/x", "http://localhost:8480"},
	} {
		if got := c.p.Origin(c.host); got != c.want {
			t.Errorf("Origin(%q) = %s, want %s", c.host, got, c.want)
		}
	}
	for _, address := range []string{"", "localhost", "https://192.0.2.1", "http://[::1]:8480"} {
		if _, err := passkey.New("x", address); err == nil {
			t.Errorf("passkeys for %q", address)
		}
	}
}
