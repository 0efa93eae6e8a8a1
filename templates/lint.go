package templates

import (
	"bytes"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/ciiscan/ciiscan/inventory"
)

// rule looks at one field's value. A nil rule allows every value.
type rule func(*linter, *yaml.Node)

// Fields are allowed by name: what nuclei learns tomorrow is refused until
// somebody has thought about it.
var requestFields = map[Protocol]map[string]rule{
	HTTP: {
		"id": nil, "name": nil, "matchers": (*linter).matchers, "matchers-condition": nil,
		"extractors": (*linter).extractors, "stop-at-first-match": nil, "req-condition": nil,
		"method": (*linter).method, "path": (*linter).paths, "raw": (*linter).raws,
		"headers": (*linter).headers, "host-redirects": nil, "max-redirects": atMost(3),
		"max-size": atMost(1 << 20), "disable-cookie": nil, "cookie-reuse": nil,
	},
	TCP: {
		"id": nil, "name": nil, "matchers": (*linter).matchers, "matchers-condition": nil,
		"extractors": (*linter).extractors, "stop-at-first-match": nil,
		"host": (*linter).tcpHosts, "inputs": (*linter).tcpInputs, "read-size": atMost(64 << 10),
	},
	SSL: {
		"id": nil, "name": nil, "matchers": (*linter).matchers, "matchers-condition": nil,
		"extractors": (*linter).extractors,
		"address":    oneOf("{{Host}}:{{Port}}"), "min_version": nil, "max_version": nil,
		"cipher_suites": nil, "tls_version_enum": nil, "scan_mode": oneOf("ctls", "ztls"),
	},
	DNS: {
		"id": nil, "name": (*linter).dnsName, "matchers": (*linter).matchers, "matchers-condition": nil,
		"extractors": (*linter).extractors, "class": oneOf("inet"), "recursion": nil, "retries": atMost(3),
		"type": oneOf("A", "AAAA", "CNAME", "MX", "NS", "TXT", "CAA", "SOA", "DS", "PTR", "SRV"),
	},
}

var operatorFields = map[string]bool{
	"type": true, "part": true, "name": true, "condition": true, "negative": true, "internal": true,
	"words": true, "regex": true, "binary": true, "status": true, "size": true, "dsl": true,
	"case-insensitive": true, "encoding": true, "match-all": true, "xpath": true, "group": true,
	"kval": true, "json": true, "attribute": true,
}

// reasons say in words why a field is refused that authors often use.
var reasons = map[string]string{
	"attack": "it tries lists of payloads", "payloads": "it tries lists of payloads",
	"fuzzing": "it fuzzes", "body": "it sends a body", "unsafe": "it sends malformed requests",
	"race": "it races requests", "race_count": "it races requests", "threads": "it sends requests in parallel",
	"pipeline": "it sends requests in parallel", "digest-username": "it logs in", "digest-password": "it logs in",
	"redirects":       "it follows redirects to other hosts; host-redirects stays on this one",
	"read-all":        "it reads without end; give a read-size",
	"port":            "it names its own port; write info.metadata.ports",
	"trace":           "it asks servers other than the resolver",
	"resolvers":       "it names its own resolvers",
	"tls_cipher_enum": "it opens dozens of connections",
	"flow":            "it runs JavaScript", "self-contained": "it names its own targets",
	"signature": "it signs requests with credentials", "workflows": "it is a workflow",
	"requests": "write http for it", "network": "write tcp for it",
	"code": "it asks for the code protocol", "headless": "it asks for the headless protocol",
	"javascript": "it asks for the javascript protocol", "file": "it asks for the file protocol",
	"whois": "it asks for the whois protocol", "websocket": "it asks for the websocket protocol",
}

// text holds the bytes to what only shows before parsing.
func (l *linter) text(body []byte) {
	if i := bytes.Index(body, []byte("!include")); i >= 0 {
		line := 1 + bytes.Count(body[:i], []byte("\n"))
		l.bad(&yaml.Node{Line: line}, "it includes other files")
	}
}

// shape refuses what two YAML readers could understand differently.
func (l *linter) shape(n *yaml.Node) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		l.bad(n, "it uses a YAML anchor or alias")
		return
	}
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for key := range fields(n) {
			if seen[key.Value] || key.Value == "<<" {
				l.bad(key, "the field %q is there twice or merged", key.Value)
			}
			seen[key.Value] = true
		}
	}
	for _, child := range n.Content {
		l.shape(child)
	}
}

// root reads the whole template into t.
func (l *linter) root(n *yaml.Node, t *Template) {
	hasInfo := false
	for key, value := range fields(n) {
		switch key.Value {
		case "id":
			t.Check.ID = inventory.CheckID(value.Value)
			if !idPattern.MatchString(value.Value) || len(value.Value) > 80 {
				l.bad(value, "its id %q is malformed", value.Value)
			}
		case "info":
			hasInfo = true
			l.info(value, t)
		case string(HTTP), string(TCP), string(SSL), string(DNS):
			if t.Protocol != "" {
				l.bad(key, "it speaks both %s and %s; write two templates", t.Protocol, key.Value)
			}
			t.Protocol = Protocol(key.Value)
			l.requests(value, t.Protocol)
		case "variables", "constants":
			l.expressions(value)
		case "stop-at-first-match":
		default:
			l.refuseField(key)
		}
	}
	if len(l.problems) > 0 {
		return // what is there and wrong tells more than what is missing
	}
	switch {
	case t.Check.ID == "" || !hasInfo:
		l.bad(n, "it lacks an id or an info block")
	case t.Protocol == "":
		l.bad(n, "it asks for none of http, tcp, ssl and dns")
	case t.Protocol == TCP && (len(t.Ports) == 0 || len(t.Services) == 0):
		l.bad(n, "info.metadata lacks ports or services: nobody would know where to run it")
	}
}

func (l *linter) refuseField(key *yaml.Node) {
	if why, ok := reasons[key.Value]; ok {
		l.bad(key, "the field %q is refused: %s", key.Value, why)
		return
	}
	l.bad(key, "the field %q is not one that templates may use", key.Value)
}

// requestCost is how many requests a template may send to one service.
const requestCost = 12

// requests holds each request block to its protocol's fields.
func (l *linter) requests(n *yaml.Node, p Protocol) {
	l.expressions(n)
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		l.bad(n, "%s holds no list of requests", p)
		return
	}
	cost, content := 0, false
	for _, block := range n.Content {
		for key, value := range fields(block) {
			check, ok := requestFields[p][key.Value]
			switch {
			case !ok:
				l.refuseField(key)
			case check != nil:
				check(l, value)
			}
			if key.Value == "matchers" && readsContent(value) {
				content = true
			}
			if key.Value == "path" || key.Value == "raw" || key.Value == "host" {
				cost += len(value.Content) - 1
			}
		}
		cost++
		l.required(block, p)
	}
	if cost > requestCost {
		l.bad(n, "it sends %d requests to each service, %d are allowed", cost, requestCost)
	}
	if !content {
		l.bad(n, "no matcher looks at what the host answers, beyond status and size")
	}
}

// required names the fields whose absence nuclei would fill with something
// that we have not seen.
func (l *linter) required(block *yaml.Node, p Protocol) {
	need := map[Protocol][]string{TCP: {"host"}, SSL: {"address", "scan_mode"}, DNS: {"name", "type"}}[p]
	have := map[string]bool{}
	for key := range fields(block) {
		have[key.Value] = true
	}
	for _, name := range need {
		if !have[name] {
			l.bad(block, "a %s request lacks %q", p, name)
		}
	}
	if p == HTTP && have["path"] == have["raw"] {
		l.bad(block, "an http request needs either path or raw")
	}
}

func readsContent(matchers *yaml.Node) bool {
	return slices.ContainsFunc(matchers.Content, func(m *yaml.Node) bool {
		for key, value := range fields(m) {
			if key.Value == "type" {
				return value.Value != "status" && value.Value != "size"
			}
		}
		return false
	})
}

func (l *linter) matchers(n *yaml.Node)   { l.operators(n, "matcher") }
func (l *linter) extractors(n *yaml.Node) { l.operators(n, "extractor") }

func (l *linter) operators(n *yaml.Node, what string) {
	for _, op := range n.Content {
		for key := range fields(op) {
			if !operatorFields[key.Value] {
				l.bad(key, "the field %q is not one that a %s may use", key.Value, what)
			}
		}
	}
}

// reaching are the template language's functions that open connections of
// their own, wait, or make exploits.
var reaching = regexp.MustCompile(`(?i)\b(resolve|jarm|llm_prompt|public_ip|wait_for|` +
	`generate_java_gadget|generate_dotnet_gadget|generate_jwt)\s*\(`)

// expressions refuses what a value anywhere in the requests may not say.
func (l *linter) expressions(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		if strings.Contains(strings.ToLower(n.Value), "interactsh") {
			l.bad(n, "it calls back to an interactsh server")
		}
		if m := reaching.FindStringSubmatch(n.Value); m != nil {
			l.bad(n, "it calls %s, which CIIScan does not allow", m[1])
		}
	}
	for _, child := range n.Content {
		l.expressions(child)
	}
}

func oneOf(allowed ...string) rule {
	return func(l *linter, n *yaml.Node) {
		if !slices.Contains(allowed, n.Value) {
			l.bad(n, "%q is not allowed here; write %s", n.Value, strings.Join(allowed, " or "))
		}
	}
}

func atMost(limit int) rule {
	return func(l *linter, n *yaml.Node) {
		if v, err := strconv.Atoi(n.Value); err != nil || v < 0 || v > limit {
			l.bad(n, "%q is not a number up to %d", n.Value, limit)
		}
	}
}

// fields yields a mapping's keys and values; nothing for other nodes.
func fields(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(k, v *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}
