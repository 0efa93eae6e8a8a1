package templates

import (
	"encoding/hex"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	maxInputs = 6
	maxInput  = 1 << 10 // bytes in one of them
)

// acting are commands of text protocols that write, delete, log in or stop
// something. Binary protocols are the reviewer's to read.
var acting = regexp.MustCompile(`(?im)^\s*(\*\d+\s+\$\d+\s+)?(pass|auth|login|set|append|config|del|delete|flushall|` +
	`flushdb|flush_all|slaveof|replicaof|eval|module|shutdown|debug|save|bgsave|stor|stou|appe|dele|rmd|mkd|rnfr|` +
	`site|mail|rcpt|data|add|replace|cas|incr|decr|drop|insert|update|create|kill|reset)\b`)

func (l *linter) tcpHosts(n *yaml.Node) {
	for _, host := range n.Content {
		if host.Value != "{{Hostname}}" && host.Value != "tls://{{Hostname}}" {
			l.bad(host, "the host %q is not {{Hostname}} or tls://{{Hostname}}", host.Value)
		}
	}
}

// tcpInputs holds what is sent to small, reading, and of our own making.
func (l *linter) tcpInputs(n *yaml.Node) {
	if len(n.Content) > maxInputs {
		l.bad(n, "it sends %d messages, %d are allowed", len(n.Content), maxInputs)
	}
	var names []string
	for _, input := range n.Content {
		value := map[string]*yaml.Node{}
		for key, v := range fields(input) {
			switch key.Value {
			case "data", "type", "read", "name":
				value[key.Value] = v
			default:
				l.refuseField(key)
			}
		}
		if v := value["data"]; v != nil {
			l.tcpData(v, value["type"] != nil && value["type"].Value == "hex", names)
		}
		if v := value["read"]; v != nil {
			atMost(64<<10)(l, v)
		}
		if v := value["name"]; v != nil {
			names = append(names, v.Value)
		}
	}
}

func (l *linter) tcpData(n *yaml.Node, isHex bool, names []string) {
	data := n.Value
	if isHex {
		raw, err := hex.DecodeString(data)
		if err != nil {
			l.bad(n, "its hexadecimal data does not parse")
		}
		data = string(raw)
	}
	if len(data) > maxInput {
		l.bad(n, "it sends %d bytes at once, %d are allowed", len(data), maxInput)
	}
	if m := acting.FindStringSubmatch(strings.ReplaceAll(data, `\n`, "\n")); m != nil {
		l.bad(n, "it sends the command %q, which may write, log in or stop something", m[2])
	}
	for _, name := range names {
		// What a host sent would be read as template language.
		if strings.Contains(data, "{{") && strings.Contains(data, name) {
			l.bad(n, "it sends %q, which the host wrote, through the template language", name)
		}
	}
}

var dnsNames = regexp.MustCompile(`^([a-z0-9_-]+\.)*\{\{(FQDN|RDN)\}\}$`)

// dnsName keeps questions to the name under test and labels above it.
func (l *linter) dnsName(n *yaml.Node) {
	if !dnsNames.MatchString(n.Value) {
		l.bad(n, "it asks for %q; the name must end in {{FQDN}} or {{RDN}}", n.Value)
	}
}
