package templates

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

const head = `id: local-check
info:
  name: A page that should not be there
  author: cert
  severity: low
  description: It tells strangers about the inside of the system.
  remediation: Remove the page from the server.
  reference: https://example.org/why
  tags: web, local
  metadata: {ports: [8080], services: [http-alt]}
`

const goodHTTP = `http:
  - method: GET
    path: ["{{BaseURL}}/status"]
    matchers:
      - type: word
        words: [secret]
`

const goodTCP = `tcp:
  - host: ["{{Hostname}}"]
    inputs:
      - data: "HELLO\r\n"
    matchers:
      - type: word
        words: [secret]
`

const goodSSL = `ssl:
  - address: "{{Host}}:{{Port}}"
    scan_mode: ctls
    matchers:
      - type: dsl
        dsl: ["expired == true"]
`

const goodDNS = `dns:
  - name: "{{FQDN}}"
    type: TXT
    matchers:
      - type: word
        words: [secret]
`

func TestParseReadsWhatPeopleAreTold(t *testing.T) {
	got, err := Parse("http/local-check.yaml", []byte(head+goodHTTP))
	if err != nil {
		t.Fatal(err)
	}
	c := got.Check
	if c.ID != "local-check" || c.Title != "A page that should not be there" || c.Severity != inventory.SeverityLow ||
		c.Why != "It tells strangers about the inside of the system." || c.Fix != "Remove the page from the server." ||
		len(c.References) != 1 || strings.Join(c.Tags, " ") != "local web" || c.Source != "template" || c.Protocol != "http" {
		t.Errorf("check = %+v", c)
	}
	if got.Protocol != HTTP || len(got.Ports) != 1 || got.Ports[0] != 8080 || got.Services[0] != "http-alt" {
		t.Errorf("template = %+v", got)
	}
	if c.SHA256 != got.SHA256 || got.SHA256 != digest(got.Body) {
		t.Errorf("hash = %s and %s", c.SHA256, got.SHA256)
	}
	for name, body := range map[string]string{"tcp": goodTCP, "ssl": goodSSL, "dns": goodDNS} {
		if _, err := Parse(name, []byte(head+body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestParseRefuses changes one thing at a time in a good template.
func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct {
		name      string
		body      string // the good template
		old, with string // what is replaced; old "" appends
		want      string // part of the error
	}{
		{"no yaml", goodHTTP, "http:", "\t:", "does not parse"},
		{"not a mapping", goodHTTP, head + goodHTTP, "- a", "is not a template"},
		{"empty", goodHTTP, head + goodHTTP, "", "is not a template"},
		{"javascript protocol", goodHTTP, "", "javascript:\n  - code: x\n", "asks for the javascript protocol"},
		{"code protocol", goodHTTP, "", "code:\n  - engine: [sh]\n", "asks for the code protocol"},
		{"headless protocol", goodHTTP, "", "headless:\n  - steps: []\n", "asks for the headless protocol"},
		{"file protocol", goodHTTP, "", "file:\n  - extensions: [all]\n", "asks for the file protocol"},
		{"whois protocol", goodHTTP, "", "whois:\n  - query: x\n", "asks for the whois protocol"},
		{"websocket protocol", goodHTTP, "", "websocket:\n  - address: x\n", "asks for the websocket protocol"},
		{"workflow", goodHTTP, "", "workflows:\n  - template: x\n", "is a workflow"},
		{"flow", goodHTTP, "", "flow: http(1)\n", "runs JavaScript"},
		{"self-contained", goodHTTP, "", "self-contained: true\n", "names its own targets"},
		{"two protocols", goodHTTP, "", goodDNS, "speaks both http and dns"},
		{"no protocol", goodHTTP, goodHTTP, "", "asks for none of"},
		{"field of tomorrow", goodHTTP, "", "teleport: true\n", `"teleport" is not one that templates may use`},
		{"no info", goodHTTP, head, "id: x\n", "lacks an id or an info block"},
		{"bad id", goodHTTP, "id: local-check", "id: ../x", "its id"},
		{"field twice", goodHTTP, "", "id: other\n", `"id" is there twice`},
		{"alias", goodHTTP, "tags: web, local", "tags: &a [x]", "anchor or alias"},
		{"include", goodHTTP, "", "# !include:other.yaml\n", "includes other files"},
		{"no title", goodHTTP, "name: A page that should not be there", "name: x", "info.name"},
		{"no why", goodHTTP, "  description: It tells strangers about the inside of the system.\n", "", "info.description"},
		{"bad vector", goodHTTP, "  tags: web, local\n", "  tags: web\n  classification: {cvss-metrics: \"CVSS:3.1/AV:N\", cvss-score: 5.3}\n", "no vector of CVSS 3.1"},
		{"another score", goodHTTP, "  tags: web, local\n", "  tags: web\n  classification: {cvss-metrics: \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N\", cvss-score: 9.8}\n", "the vector says 5.3"},
		{"score without vector", goodHTTP, "  tags: web, local\n", "  tags: web\n  classification: {cvss-score: 9.8}\n", "no cvss-metrics beside it"},
		{"no fix", goodHTTP, "  remediation: Remove the page from the server.\n", "", "info.remediation"},
		{"no severity", goodHTTP, "  severity: low\n", "", "info.severity"},
		{"no reference", goodHTTP, "  reference: https://example.org/why\n", "", "info.reference"},
		{"reference of another kind", goodHTTP, "https://example.org/why", "file:///etc/passwd", "no web address"},
		{"no author", goodHTTP, "  author: cert\n", "", "info.author"},
		{"tag", goodHTTP, "tags: web, local", "tags: web,dos", `its tag "dos"`},
		{"tag in capitals", goodHTTP, "tags: web, local", "tags: [Default-Login]", "its tag"},
		{"callback", goodHTTP, "/status", "/?u={{interactsh-url}}", "interactsh"},
		{"name lookup", goodHTTP, "words: [secret]", "words: ['{{resolve (Host)}}']", "calls resolve"},
		{"payloads", goodHTTP, "  - method: GET", "  - payloads: {u: [a]}\n    method: GET", "lists of payloads"},
		{"post", goodHTTP, "method: GET", "method: POST", "it sends POST"},
		{"body", goodHTTP, "    path:", "    body: x=1\n    path:", "sends a body"},
		{"threads", goodHTTP, "    path:", "    threads: 9\n    path:", "in parallel"},
		{"race", goodHTTP, "    path:", "    race: true\n    path:", "races"},
		{"unsafe", goodHTTP, "    path:", "    unsafe: true\n    path:", "malformed"},
		{"fuzzing", goodHTTP, "    path:", "    fuzzing: []\n    path:", "fuzzes"},
		{"redirects", goodHTTP, "    path:", "    redirects: true\n    path:", "redirects to other hosts"},
		{"foreign path", goodHTTP, "{{BaseURL}}/status", "https://other.example/", "does not begin with"},
		{"foreign host", goodHTTP, "{{BaseURL}}/status", "{{BaseURL}}.other.example/", "another host or port"},
		{"foreign port", goodHTTP, "{{BaseURL}}/status", "{{BaseURL}}:81/", "another host or port"},
		{"traversal", goodHTTP, "/status", "/..%2f..%2fetc/passwd", "climb out"},
		{"login header", goodHTTP, "    path:", "    headers: {Authorization: Basic x}\n    path:", "Authorization is refused"},
		{"host header", goodHTTP, "    path:", "    headers: {host: other.example}\n    path:", "host is refused"},
		{"matcher field", goodHTTP, "        words: [secret]", "        words: [secret]\n        hook: x", "not one that a matcher may use"},
		{"status only", goodHTTP, "      - type: word\n        words: [secret]", "      - type: status\n        status: [200]", "no matcher looks"},
		{"no matcher", goodHTTP, "    matchers:\n      - type: word\n        words: [secret]\n", "", "no matcher looks"},
		{"too many", goodHTTP, `["{{BaseURL}}/status"]`, "[" + strings.Repeat(`"{{BaseURL}}/a", `, 12) + `"{{BaseURL}}/b"]`, "13 requests"},
		{"path and raw", goodHTTP, "  - method: GET", "  - raw: [\"GET / HTTP/1.1\\n\\n\"]\n    method: GET", "either path or raw"},
		{"tcp without ports", goodTCP, "  metadata: {ports: [8080], services: [http-alt]}\n", "", "nobody would know where"},
		{"tcp host", goodTCP, `"{{Hostname}}"`, `"other.example:80"`, "is not {{Hostname}}"},
		{"tcp port", goodTCP, "    inputs:", "    port: 81\n    inputs:", "names its own port"},
		{"tcp without end", goodTCP, "    inputs:", "    read-all: true\n    inputs:", "reads without end"},
		{"tcp writes", goodTCP, "HELLO", "SET a b", `the command "SET"`},
		{"tcp logs in", goodTCP, "HELLO", `USER x\r\nPASS x`, `the command "PASS"`},
		{"tcp writes in hexadecimal", goodTCP, `data: "HELLO\r\n"`, "type: hex\n        data: '464c555348414c4c0d0a'", `the command "FLUSHALL"`},
		{"tcp bad hexadecimal", goodTCP, `data: "HELLO\r\n"`, "type: hex\n        data: '4'", "hexadecimal"},
		{"tcp reflects", goodTCP, `      - data: "HELLO\r\n"`, "      - {read: 8, name: banner}\n      - data: '{{banner}}'", "which the host wrote"},
		{"ssl elsewhere", goodSSL, "{{Host}}:{{Port}}", "other.example:443", "is not allowed here"},
		{"ssl by openssl", goodSSL, "scan_mode: ctls", "scan_mode: openssl", "is not allowed here"},
		{"ssl by chance", goodSSL, "    scan_mode: ctls\n", "", `lacks "scan_mode"`},
		{"ssl ciphers", goodSSL, "    scan_mode: ctls\n", "    scan_mode: ctls\n    tls_cipher_enum: true\n", "dozens of connections"},
		{"dns elsewhere", goodDNS, `"{{FQDN}}"`, "other.example", "must end in"},
		{"dns by another resolver", goodDNS, "    type: TXT", "    resolvers: [192.0.2.1]\n    type: TXT", "names its own resolvers"},
		{"dns trace", goodDNS, "    type: TXT", "    trace: true\n    type: TXT", "servers other than the resolver"},
		{"dns any", goodDNS, "type: TXT", "type: ANY", "is not allowed here"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body := head + tc.body
			if tc.old == "" {
				body += tc.with
			} else if !strings.Contains(body, tc.old) {
				t.Fatalf("the sample holds no %q", tc.old)
			} else {
				body = strings.Replace(body, tc.old, tc.with, 1)
			}
			_, err := Parse("local/x.yaml", []byte(body))
			wantRefusal(t, err, "local/x.yaml", tc.want)
		})
	}
}

func TestParseRawRequests(t *testing.T) {
	for raw, want := range map[string]string{
		"GET /a HTTP/1.1\nHost: {{Hostname}}\nAccept: */*\n\n":                 "",
		"GET /a HTTP/1.1\nHost: {{Hostname}}\n\nx=1":                           "it sends a body",
		"DELETE /a HTTP/1.1\nHost: {{Hostname}}\n\n":                           "it sends DELETE",
		"GET https://other.example/ HTTP/1.1\nHost: {{Hostname}}\n\n":          "aims at another host",
		"GET //other.example/ HTTP/1.1\nHost: {{Hostname}}\n\n":                "aims at another host",
		"GET / HTTP/1.1\nHost: other.example\n\n":                              "asks for the host",
		"GET / HTTP/1.1\nHost: {{Hostname}}\nCookie: admin=1\n\n":              "Cookie is refused",
		"@Host: https://other.example\nGET / HTTP/1.1\nHost: {{Hostname}}\n\n": "is no request line",
		"GET / HTTP/1.1\n@tls-sni: other\nHost: {{Hostname}}\n\n":              "which is no header",
		"GET /../../etc/passwd HTTP/1.1\nHost: {{Hostname}}\n\n":               "climbs out",
	} {
		body := head + "http:\n  - raw:\n      - |\n        " + strings.ReplaceAll(raw, "\n", "\n        ") +
			"\n    matchers:\n      - type: word\n        words: [secret]\n"
		_, err := Parse("x.yaml", []byte(body))
		if want != "" {
			wantRefusal(t, err, "x.yaml", want)
		} else if err != nil {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// TestCommunityTemplates feeds the linter templates that others wrote, of all
// protocols and qualities. Each is read or refused with one clear line.
func TestCommunityTemplates(t *testing.T) {
	files, err := filepath.Glob("../../shared/data/community-templates/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no community templates in ../shared/data")
	}
	refused := 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		got, err := Parse(name, body)
		if err != nil {
			refused++
			wantRefusal(t, err, name, "")
			continue
		}
		if got.Check.ID == "" || got.Check.Title == "" || got.Check.Fix == "" || len(got.Check.References) == 0 {
			t.Errorf("%s is read, and says too little: %+v", name, got.Check)
		}
	}
	t.Logf("%d of %d refused", refused, len(files))
}

// wantRefusal demands an input error of one line that names the file.
func wantRefusal(t *testing.T, err error, file, want string) {
	t.Helper()
	in, ok := errors.AsType[*inventory.InputError](err)
	switch {
	case !ok:
		t.Errorf("%s: error = %v, want an input error with %q", file, err, want)
	case in.Field != "template" || in.Value != file || in.Hint == "":
		t.Errorf("error = %+v, want the field template, the value %s and a hint", in, file)
	case in.Message == "" || strings.Contains(in.Message, "\n") || !strings.Contains(in.Message, want):
		t.Errorf("message = %q, want one line with %q", in.Message, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, body := range []string{goodHTTP, goodTCP, goodSSL, goodDNS} {
		f.Add([]byte(head + body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := Parse("x.yaml", body)
		if err == nil && (got.Check.ID == "" || got.Protocol == "") {
			t.Errorf("accepted %q as %+v", body, got)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("error of several lines: %q", err)
		}
	})
}
