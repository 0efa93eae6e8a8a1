package inventory

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestSecretsAreHidden(t *testing.T) {
	for in, want := range map[string]string{
		"APP_NAME=portal\nAPP_KEY=base64:c2VjcmV0\nDB_PASSWORD='s3 cret'\nDB_HOST=db": "APP_NAME=portal\nAPP_KEY=***\nDB_PASSWORD=***\nDB_HOST=db",
		"DATABASE_URL=postgres://app:s3cret@db.example.org/app":                       "DATABASE_URL=postgres://app:***@db.example.org/app",
		"export AWS_SECRET_ACCESS_KEY = wJalr/K7MDENG+x\n":                            "export AWS_SECRET_ACCESS_KEY = ***\n",
		`{"spring.datasource.password":{"value":"s3cret","origin":"x"}}`:              `{"spring.datasource.password":{"value":***,"origin":"x"}}`,
		`{"apiKey": "abc", "port": 8080}`:                                             `{"apiKey": ***, "port": 8080}`,
		`<tr><td class="e">MAIL_PASSWORD </td><td class="v">s3cret </td></tr>`:        `<tr><td class="e">MAIL_PASSWORD </td><td class="v">*** </td></tr>`,
		"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----":   "-----BEGIN RSA PRIVATE KEY-----\n***\n-----END RSA PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\nMIIE":                                           "-----BEGIN PRIVATE KEY-----\n***\n",
		"url = https://ci:ghp_abc@git.example.org/x.git":                              "url = https://ci:***@git.example.org/x.git",
		"HTTP/1.1 200 OK\nServer: nginx\nKeep-Alive: timeout=5":                       "HTTP/1.1 200 OK\nServer: nginx\nKeep-Alive: timeout=5",
		"http://192.0.2.7:8080/login?next=a@b":                                        "http://192.0.2.7:8080/login?next=a@b",
		"230 Login with password ok":                                                  "230 Login with password ok",
	} {
		if got := string(CleanEvidence(Evidence{Response: []byte(in)}).Response); got != want {
			t.Errorf("cleaned %q\nis     %q\nwant   %q", in, got, want)
		}
	}
}

// Proofs are named by what is left of them: cleaning what was cleaned, or cut,
// must not change it.
func TestHidingTwiceChangesNothing(t *testing.T) {
	parts := []string{
		"DB_PASSWORD=", "token: ", "\"", "'", "s3cret", "\n", "***", "…", "{\"value\":", "://u:", "@h", "</td><td>",
		"-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "-", "*", " ", "=", ":", "\xff", "\x00", "api_key",
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		text := b.String()
		if r.IntN(2) == 0 { // the cut falls somewhere in it
			text = strings.Repeat("x", MaxEvidence-r.IntN(len(text)+1)) + text
		}
		once := CleanEvidence(Evidence{Response: []byte(text)})
		if twice := CleanEvidence(once); string(twice.Response) != string(once.Response) {
			t.Fatalf("cleaning %q\nonce  …%q\ntwice …%q", b.String(), tail(once.Response), tail(twice.Response))
		}
	}
}

// A host may answer with nothing but names of secrets.
func TestHidingIsBounded(t *testing.T) {
	for _, part := range []string{"pwd", "pwd ", "pwd=", "pwd=\"", "secret_key.", "://a:", "-----BEGIN PRIVATE KEY-----", "token</td><td "} {
		start := time.Now()
		CleanEvidence(Evidence{Response: []byte(strings.Repeat(part, MaxEvidence/len(part)))})
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("cleaning repeated %q takes %s", part, took)
		}
	}
}

func BenchmarkCleanEvidence(b *testing.B) {
	e := Evidence{Response: []byte("HTTP/1.1 200 OK\nServer: nginx\n\n" + strings.Repeat("<p>Lorem ipsum</p>\n", 20))}
	for b.Loop() {
		CleanEvidence(e)
	}
}

func tail(b []byte) []byte { return b[max(0, len(b)-120):] }
