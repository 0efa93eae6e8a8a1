package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

func TestMailRelease(t *testing.T) {
	g := newGnuPG(t)
	expired := keyOf(newSigner(t, "CERT B of old", time.Now().AddDate(-4, 0, 0)))
	revokedAt := time.Now().Add(-time.Hour)
	revoked := keyOf(newSigner(t, "CERT B, lost", time.Now()))
	revoked.RevokedAt = &revokedAt
	swapped := keyOf(newSigner(t, "somebody else", time.Now()))
	swapped.Fingerprint = strings.Repeat("A", 40)

	for _, c := range []struct {
		name            string
		change          func(*exchange.Release)
		to, says, title string
	}{
		{"a release", nil, deskMail, "Advisory ADV-3, revision 2, is attached.", "[TLP:AMBER] advisory ADV-3 revision 2"},
		{"a withdrawal", func(r *exchange.Release) { r.Withdrawal = true }, deskMail, "Please stop using what you have of it", "[TLP:AMBER] advisory ADV-3 revision 2 withdrawn"},
		{"a referral", func(r *exchange.Release) { r.Referral = true }, policeMail, "is attached", "[TLP:AMBER] advisory ADV-3 revision 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			courier, b, r := newCourier(t, exchange.ChannelMail)
			box, server := newMailbox(t)
			courier.Post = server
			r.team.Keys = []exchange.Key{expired, revoked, swapped, g.key}
			if c.change != nil {
				c.change(&r.release)
			}
			for range 2 {
				if err := courier.Deliver(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
			}
			l := box.only(t)
			if diff := cmp.Diff([]string{c.to}, l.to); diff != "" || !l.tls {
				t.Errorf("to (-want +got), tls %t:\n%s", l.tls, diff)
			}
			if id := l.id(t); id != "<rel-1.release@cert.example>" {
				t.Errorf("its id is %s", id)
			}
			for _, secret := range []string{"ADV-3", "adv-3", "AMBER"} {
				if bytes.Contains(l.raw, []byte(secret)) {
					t.Errorf("%q can be read on the way", secret)
				}
			}
			m := g.open(l.raw, courier.Signer)
			if m.Subject != c.title || !strings.Contains(m.Text, c.says) || !strings.Contains(m.Text, "Handling: TLP:AMBER. MoU 7 lets it out.") {
				t.Errorf("subject %q, text %q", m.Subject, m.Text)
			}
			if len(m.Documents) != 2 {
				t.Fatalf("%d documents arrived", len(m.Documents))
			}
			for i, f := range r.release.Files {
				if d := m.Documents[i]; d.Name != f.Name || !strings.HasPrefix(f.MediaType, d.MediaType) || !bytes.Equal(d.Bytes, f.Bytes) {
					t.Errorf("document %s %s is %q, want %q", d.Name, d.MediaType, d.Bytes, f.Bytes)
				}
			}
			if len(b.delivered) != 1 || b.delivered[0] != "mail to "+c.to+", encrypted to "+g.key.Fingerprint {
				t.Errorf("delivered %q", b.delivered)
			}
		})
	}
}

func TestMailReleaseRefused(t *testing.T) {
	good := keyOf(newSigner(t, "CERT B", time.Now()))
	past := time.Now().Add(-time.Hour)
	for _, c := range []struct {
		name   string
		change func(*Courier, *register)
		want   string
	}{
		{"no key", func(_ *Courier, r *register) { r.team.Keys = nil }, "no OpenPGP key that can be encrypted to now"},
		{"a key that its owner let expire", func(_ *Courier, r *register) {
			r.team.Keys = []exchange.Key{keyOf(newSigner(t, "CERT B", time.Now().AddDate(-4, 0, 0)))}
		}, "no OpenPGP key that can be encrypted to now"},
		{"a key that we trust no more", func(_ *Courier, r *register) { r.team.Keys[0].ValidUntil = &past }, "no OpenPGP key that can be encrypted to now"},
		{"a referral without its contact", func(_ *Courier, r *register) { r.release.Referral, r.team.Contacts = true, r.team.Contacts[2:] }, "no mail address for this (law_enforcement)"},
		{"nobody to mail to", func(_ *Courier, r *register) { r.team.Contacts = r.team.Contacts[1:2] }, "no mail address for this (exchange)"},
		{"no mail server", func(c *Courier, _ *register) { c.Post = nil }, "mail.server"},
		{"no key of ours", func(c *Courier, _ *register) { c.Signer = nil }, "mail.server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			courier, b, r := newCourier(t, exchange.ChannelMail)
			box, server := newMailbox(t)
			courier.Post, r.team.Keys = server, []exchange.Key{good}
			c.change(courier, r)
			err := courier.Deliver(t.Context(), 1)
			wantInvalid(t, err, c.want)
			if len(b.failed) != 1 || len(b.delivered) != 0 || len(box.letters) != 0 {
				t.Errorf("failed %v, delivered %q, %d mails", b.failed, b.delivered, len(box.letters))
			}
		})
	}
}

func TestUnknownChannel(t *testing.T) {
	c, b, _ := newCourier(t, exchange.ChannelBundle)
	if err := c.Deliver(t.Context(), 1); !errors.Is(err, inventory.ErrInvalid) || len(b.failed) != 1 {
		t.Errorf("Deliver = %v, failed %v", err, b.failed)
	}
}

// Who is killed after sending and before noting it sends again; the receiver
// sees by the id that it is the same.
func TestMailIsSentAgainUnderItsName(t *testing.T) {
	c, b, r := newCourier(t, exchange.ChannelMail)
	box, server := newMailbox(t)
	c.Post, r.team.Keys = server, []exchange.Key{keyOf(newSigner(t, "CERT B", time.Now()))}
	b.dies = true
	if err := c.Deliver(t.Context(), 1); err == nil {
		t.Fatal("what could not be noted was delivered without error")
	}
	b.dies = false
	c.Now = func() time.Time { return time.Now().Add(time.Hour) }
	for range 2 {
		if err := c.Deliver(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	if len(box.letters) != 2 || box.letters[0].id(t) != box.letters[1].id(t) || len(b.delivered) != 1 {
		t.Errorf("%d mails, delivered %q", len(box.letters), b.delivered)
	}
}

// stopping is a Postman that is told to stop while the mail is on its way.
type stopping struct {
	Postman
	stop context.CancelFunc
}

func (p stopping) Send(ctx context.Context, from string, to []string, raw []byte) error {
	defer p.stop()
	return p.Postman.Send(ctx, from, to, raw)
}

func TestAStopForgetsNothing(t *testing.T) {
	for name, refuse := range map[string]bool{"what was sent": false, "what was refused": true} {
		t.Run(name, func(t *testing.T) {
			c, b, r := newCourier(t, exchange.ChannelMail)
			box, server := newMailbox(t)
			box.refuses[deskMail] = refuse
			ctx, stop := context.WithCancel(t.Context())
			c.Post, r.team.Keys = stopping{server, stop}, []exchange.Key{keyOf(newSigner(t, "CERT B", time.Now()))}
			err := c.Deliver(ctx, 1)
			if refuse != errors.Is(err, inventory.ErrInvalid) || errors.Is(err, context.Canceled) || len(b.failed) == len(b.delivered) {
				t.Errorf("Deliver = %v, delivered %q, failed %v", err, b.delivered, b.failed)
			}
		})
	}
}

func TestAnswerByMail(t *testing.T) {
	g := newGnuPG(t)
	c, _, r := newCourier(t, exchange.ChannelMail)
	in, a := received(), answer()
	in.Document.TrackingID += "\x1b"
	r.team.Keys = []exchange.Key{g.key}
	if channel, err := c.Answer(t.Context(), in, a); !errors.Is(err, ErrNoWay) || channel != "" {
		t.Errorf("without a mail server: Answer = %s, %v", channel, err)
	}
	box, server := newMailbox(t)
	c.Post = server
	for range 2 { // the job that sends it is tried again
		if channel, err := c.Answer(t.Context(), in, a); err != nil || channel != exchange.ChannelMail {
			t.Fatalf("Answer = %s, %v", channel, err)
		}
	}
	if len(box.letters) != 2 || box.letters[0].id(t) != box.letters[1].id(t) {
		t.Errorf("%d mails", len(box.letters))
	}
	m := g.open(box.letters[0].raw, c.Signer)
	if m.Subject != "[TLP:AMBER] answer to PEER-2026-1" || !strings.Contains(m.Text, "PEER-2026-1 version 2 here: accepted") || len(m.Documents) != 1 {
		t.Fatalf("subject %q, text %q, %d documents", m.Subject, m.Text, len(m.Documents))
	}
	var got struct{ Objects []json.RawMessage }
	if err := json.Unmarshal(m.Documents[0].Bytes, &got); err != nil {
		t.Fatal(err)
	}
	want, err := c.EncodeAnswer(in, a)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Objects) == 0 || len(got.Objects) != len(want) {
		t.Errorf("%d objects arrived, want %d", len(got.Objects), len(want))
	}
	for i := range got.Objects {
		if !sameJSON(t, got.Objects[i], want[i]) {
			t.Errorf("object is %s, want %s", got.Objects[i], want[i])
		}
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y)); err != nil {
		t.Fatal(err)
	}
	return cmp.Equal(x, y)
}

var _ Postman = mail.Server{}
