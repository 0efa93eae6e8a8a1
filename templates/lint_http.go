package templates

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

var readingMethods = []string{"GET", "HEAD", "OPTIONS"}

// refusedHeaders log in, aim at another host, or frame a body.
var refusedHeaders = []string{
	"authorization", "proxy-authorization", "cookie", "host", "content-length", "transfer-encoding",
}

var traversal = regexp.MustCompile(`(?i)\.\.(/|\\|%2f|%5c)|%2e%2e|%252e|%00`)

// method allows those that RFC 9110 calls safe and a server must not act on.
func (l *linter) method(n *yaml.Node) {
	if !slices.Contains(readingMethods, strings.ToUpper(n.Value)) {
		l.bad(n, "it sends %s; only GET, HEAD and OPTIONS are allowed", n.Value)
	}
}

func (l *linter) paths(n *yaml.Node) {
	for _, p := range n.Content {
		rest, ok := strings.CutPrefix(p.Value, "{{BaseURL}}")
		if !ok {
			rest, ok = strings.CutPrefix(p.Value, "{{RootURL}}")
		}
		if !ok {
			l.bad(p, "the path %q does not begin with {{BaseURL}}", p.Value)
			continue
		}
		l.pathBelow(p, rest)
	}
}

// pathBelow holds what follows the host to staying there.
func (l *linter) pathBelow(n *yaml.Node, rest string) {
	if rest != "" && rest[0] != '/' && rest[0] != '?' {
		l.bad(n, "the path %q aims at another host or port", n.Value)
	}
	if traversal.MatchString(rest) {
		l.bad(n, "the path %q tries to climb out of the site", n.Value)
	}
}

func (l *linter) headers(n *yaml.Node) {
	for key := range fields(n) {
		l.header(key, key.Value)
	}
}

func (l *linter) header(n *yaml.Node, name string) {
	if slices.Contains(refusedHeaders, strings.ToLower(strings.TrimSpace(name))) {
		l.bad(n, "the header %s is refused: it logs in, changes the target or frames a body", name)
	}
}

// raws holds whole requests to the same rules as those in parts.
func (l *linter) raws(n *yaml.Node) {
	for _, raw := range n.Content {
		head, body, _ := strings.Cut(strings.ReplaceAll(raw.Value, "\r\n", "\n"), "\n\n")
		if strings.TrimSpace(body) != "" {
			l.bad(raw, "it sends a body")
		}
		lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
		l.requestLine(raw, lines[0])
		for _, line := range lines[1:] {
			name, value, ok := strings.Cut(line, ":")
			switch {
			case !ok || strings.HasPrefix(line, "@"):
				l.bad(raw, "the raw request holds %q, which is no header", line)
			case strings.EqualFold(name, "Host"):
				if strings.TrimSpace(value) != "{{Hostname}}" {
					l.bad(raw, "the raw request asks for the host %q; write {{Hostname}}", strings.TrimSpace(value))
				}
			default:
				l.header(raw, name)
			}
		}
	}
}

func (l *linter) requestLine(n *yaml.Node, line string) {
	parts := strings.Fields(line)
	if len(parts) != 3 || !strings.HasPrefix(parts[2], "HTTP/1.") {
		l.bad(n, "%q is no request line", line)
		return
	}
	if !slices.Contains(readingMethods, parts[0]) {
		l.bad(n, "it sends %s; only GET, HEAD and OPTIONS are allowed", parts[0])
	}
	if !strings.HasPrefix(parts[1], "/") || strings.HasPrefix(parts[1], "//") || traversal.MatchString(parts[1]) {
		l.bad(n, "the path %q aims at another host or climbs out of the site", parts[1])
	}
}
