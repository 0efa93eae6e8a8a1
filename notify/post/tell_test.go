package post

import (
	"bytes"
	"testing"

	"github.com/ciiscan/ciiscan/exchange/mail/mailtest"
	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/notify/letter"
)

// Somebody whose account was reset hears of it, signed, and by no link.
func TestTell(t *testing.T) {
	s := &mailtest.Server{}
	p := newPost(t, alert(), s.Serve(t))
	for _, tag := range []string{"en", "bn"} {
		words := letter.Reset(p.sender(), "amara@cert.example", "mara\r\nBcc: x@evil.example", noon(), locale.For(tag))
		if err := p.Tell(t.Context(), "acc-7-"+tag, "amara@cert.example", words); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.Taken()) != 2 || s.Taken()[0].To != "amara@cert.example" || !s.Taken()[0].Secure {
		t.Fatalf("taken: %+v", s.Taken())
	}
	raw := s.Taken()[0].Raw
	if !bytes.Contains(raw, []byte("was reset")) || !bytes.Contains(raw, []byte("multipart/signed")) || bytes.Contains(raw, []byte("\nBcc:")) || bytes.Contains(raw, []byte("/invitation/")) {
		t.Errorf("the mail is\n%s", raw)
	}
	p.Carrier = nil
	if err := p.Tell(t.Context(), "acc-7", "amara@cert.example", letter.Words{Subject: "x", Text: "x"}); err == nil {
		t.Error("a mail is sent without a server")
	}
}
