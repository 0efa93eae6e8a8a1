package post

import (
	"strings"
	"testing"
)

const report = `Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: TO
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

I am sorry.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; desk@example.org
Action: ACTION
Status: STATUS
Diagnostic-Code: smtp; 550 5.1.1 <desk@example.org>:
 no such user

--b1
Content-Type: text/rfc822-headers

From: ciiscan@cert.example
Message-ID: <notice.` + token + `@cert.example>

--b1--
`

func TestReadBounce(t *testing.T) {
	for name, tt := range map[string]struct {
		to, action, status string
		token, id          bool
		hard               bool
	}{
		"no such user":      {"bounces+n-" + token + "@cert.example", "failed", "5.1.1", true, true, true},
		"without our token": {"bounces@cert.example", "failed", "5.1.1", false, true, true},
		"late":              {"bounces@cert.example", "delayed", "4.4.1", false, true, false},
		"mailbox full":      {"bounces@cert.example", "failed", "5.2.2", false, true, false},
		"delivered":         {"bounces@cert.example", "delivered", "2.0.0", false, true, false},
	} {
		raw := strings.NewReplacer("TO\n", tt.to+"\n", "ACTION", tt.action, "STATUS", tt.status).Replace(report)
		for _, end := range []string{"\n", "\r\n"} {
			b, err := ReadBounce([]byte(strings.ReplaceAll(raw, "\n", end)))
			if err != nil {
				t.Fatal(err)
			}
			if (b.Token == token) != tt.token || (b.MessageID == "notice."+token+"@cert.example") != tt.id || b.Hard != tt.hard ||
				b.Action != tt.action || b.Status != tt.status || b.Recipient != "desk@example.org" || !strings.Contains(b.Diagnostic, "no such user") {
				t.Errorf("%s: %+v", name, b)
			}
		}
	}
	// What is no report says nothing about the address, whatever it writes.
	plain := "From: x@example.org\nTo: bounces+n-" + token + "@cert.example\nSubject: away\n\nAction: failed\nStatus: 5.1.1\n"
	if b, err := ReadBounce([]byte(plain)); err != nil || b.Hard || b.Token != token {
		t.Errorf("no report: %+v, %v", b, err)
	}
	for _, bad := range []string{"", "no header", strings.Repeat("x", MaxBounce+1)} {
		if _, err := ReadBounce([]byte(bad)); err == nil {
			t.Errorf("ReadBounce of %d bytes = nil", len(bad))
		}
	}
}

func FuzzReadBounce(f *testing.F) {
	f.Add([]byte(report))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		_, _ = ReadBounce(raw) // must not panic
	})
}
