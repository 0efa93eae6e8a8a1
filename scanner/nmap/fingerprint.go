package nmap

import (
	"encoding/hex"
	"iter"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// replies yields what a service that nmap did not recognise said to its
// probes, with each probe's name, out of the fingerprint that nmap writes of
// it: SF-Port7-TCP:…%r(NULL,5,"hi\x20\r\n")%r(GetRequest,…);
func replies(fingerprint string) iter.Seq2[string, string] {
	return func(yield func(reply, probe string) bool) {
		rest := fingerprint
		for {
			_, after, ok := strings.Cut(rest, "%r(")
			if !ok {
				return
			}
			probe, after, ok := strings.Cut(after, ",")
			if !ok {
				return
			}
			_, after, ok = strings.Cut(after, `,"`)
			if !ok {
				return
			}
			reply, after := unquote(after)
			if !yield(reply, probe) {
				return
			}
			rest = after
		}
	}
}

// unquote reads up to the closing quote, and returns what comes after it. Of
// an overlong reply it keeps the beginning.
func unquote(s string) (text, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"':
			return b.String(), s[i+1:]
		case c == '\\' && i+1 < len(s):
			i++
			c = escaped(s[i])
			if s[i] == 'x' && i+2 < len(s) {
				if raw, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
					c = raw[0]
					i += 2
				}
			}
		}
		if b.Len() < inventory.MaxEvidence {
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// escaped is what a letter stands for after a backslash; punctuation, which is
// escaped for nmap's patterns, stands for itself.
func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case '0':
		return 0
	}
	return c
}
