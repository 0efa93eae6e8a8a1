package inventory

import (
	"errors"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		kind           AddressKind
	}{
		{"IPv4", "192.0.2.7", "192.0.2.7", KindIPv4},
		{"spaces around", "  192.0.2.7\t", "192.0.2.7", KindIPv4},
		{"IPv6 in long form", "2001:0DB8:0:0::0001", "2001:db8::1", KindIPv6},
		{"mapped IPv4 is IPv4", "::ffff:192.0.2.7", "192.0.2.7", KindIPv4},
		{"prefix", "192.0.2.0/24", "192.0.2.0/24", KindCIDR},
		{"prefix with host bits", "192.0.2.77/24", "192.0.2.0/24", KindCIDR},
		{"prefix of one address", "192.0.2.7/32", "192.0.2.7", KindIPv4},
		{"IPv6 prefix of one address", "2001:db8::7/128", "2001:db8::7", KindIPv6},
		{"mapped IPv4 prefix", "::ffff:192.0.2.0/120", "192.0.2.0/24", KindCIDR},
		{"largest prefix", "198.18.0.0/16", "198.18.0.0/16", KindCIDR},
		{"largest IPv6 prefix", "2001:db8::/112", "2001:db8::/112", KindCIDR},
		{"name in capitals with the root's dot", "WWW.Example.ORG.", "www.example.org", KindHostname},
		{"IDN", "bücher.example", "xn--bcher-kva.example", KindHostname},
		{"Bengali name", "উদাহরণ.বাংলা", "xn--d5b6ci4b4b3a.xn--54b7fta0cc", KindHostname},
		{"ideographic full stop", "www。example。org", "www.example.org", KindHostname},
		{"fullwidth letters", "ｗｗｗ.example.org", "www.example.org", KindHostname},
		{"URL", "HTTPS://WWW.Example.org", "https://www.example.org/", KindURL},
		{"default port and fragment", "https://www.example.org:443/a#b", "https://www.example.org/a", KindURL},
		{"port of the other scheme", "http://www.example.org:443/", "http://www.example.org:443/", KindURL},
		{"dot segments and escapes", "http://www.example.org/a/../%7euser/%2fb/./c%c3%a9", "http://www.example.org/~user/%2Fb/c%C3%A9", KindURL},
		{"escaped dot segments", "http://www.example.org/a/%2e%2e/b/", "http://www.example.org/b/", KindURL},
		{"URL of an IPv6", "http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x", KindURL},
		{"URL of an IDN", "http://bücher.example/", "http://xn--bcher-kva.example/", KindURL},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseAddress(c.in)
			if err != nil {
				t.Fatalf("ParseAddress(%q): %v", c.in, err)
			}
			if got.String() != c.want || got.Kind() != c.kind {
				t.Errorf("ParseAddress(%q) = %s %s, want %s %s", c.in, got.Kind(), got, c.kind, c.want)
			}
		})
	}
}

func TestParseAddressParts(t *testing.T) {
	u, err := ParseAddress("https://www.example.org/app")
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme() != "https" || u.Host() != "www.example.org" || u.Port() != 443 || u.Path() != "/app" {
		t.Errorf("parts = %s %s %d %s", u.Scheme(), u.Host(), u.Port(), u.Path())
	}
	if _, ok := u.Prefix(); ok {
		t.Error("a URL with a name has a prefix")
	}
	ip, err := ParseAddress("http://192.0.2.7:8080")
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := ip.Prefix(); !ok || p.String() != "192.0.2.7/32" || ip.Host() != "" {
		t.Errorf("URL of an address: prefix %s, host %q; want 192.0.2.7/32 and nothing to resolve", p, ip.Host())
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for _, c := range []struct{ name, in, message, hint string }{
		{"nothing", " ", "empty", "host name"},
		{"two at once", "192.0.2.1 192.0.2.2", "space", "one address"},
		{"no-break space", "www.example\u00a0.org", "space", "one address"},
		{"invisible character", "www.exam\u200bple.org", "invisible", "type it again"},
		{"control character", "www.exam\x1bple.org", "invisible", "type it again"},
		{"Latin-1 bytes", "b\xfccher.example", "UTF-8", "UTF-8"},
		{"too long", strings.Repeat("a.", 2000) + "org", "too long", ""},
		{"zone", "fe80::1%eth0", "zone", "%"},
		{"zone in a URL", "http://[fe80::1%25eth0]/", "zone", "%"},
		{"bare host with a port", "www.example.org:443", "has a port", "https://www.example.org:443"},
		{"IPv6 with a port", "[2001:db8::1]:443", "has a port", "https://[2001:db8::1]:443"},
		{"IPv6 in brackets", "[2001:db8::1]", "brackets", "without"},
		{"broken IPv6", "2001:db8::1::2", "not an IPv6", "2001:db8::1"},
		{"range", "192.0.2.1-20", "range", "prefix"},
		{"pattern", "*.example.org", "pattern", "authorisations"},
		{"e-mail address", "root@example.org", "e-mail", "host only"},
		{"underscore", "my_host.example.org", "underscore", "address"},
		{"octal-looking", "010.0.0.1", "looks like an IP", "leading zeros"},
		{"hexadecimal", "0x7f.1", "looks like an IP", "leading zeros"},
		{"short form", "127.1", "looks like an IP", "four numbers"},
		{"a number", "2130706433", "looks like an IP", "four numbers"},
		{"over 255", "192.0.2.256", "looks like an IP", "0 to 255"},
		{"fullwidth digits", "１９２.０.２.１", "looks like an IP", "four numbers"},
		{"single label", "localhost", "not a full domain name", "localhost.example.org"},
		{"empty label", "www..example.org", "", ""},
		{"long label", strings.Repeat("a", 64) + ".org", "", ""},
		{"hyphen first", "-www.example.org", "", ""},
		{"broken punycode", "xn--zzzzzz99999.example", "not a host name", "IDNA"},
		{"not valid in IDNA", "a\u2260b.example", "not a host name", "IDNA"},
		{"mixed directions", "א1a.example", "not a host name", "IDNA"},
		{"prefix too large", "192.0.0.0/15", "too large", "/16"},
		{"IPv6 prefix too large", "2001:db8::/64", "too large", "/112"},
		{"mapped prefix too large", "::ffff:0:0/95", "mapped", "IPv4 prefix"},
		{"netmask", "192.0.2.0/255.255.255.0", "not a prefix", "/24"},
		{"URL without a scheme", "www.example.org/login", "neither", "https://www.example.org/login"},
		{"another scheme", "ftp://ftp.example.org/", "not an http", "host name"},
		{"password", "https://u:p@www.example.org/", "user name", "secrets"},
		{"query", "https://www.example.org/?id=1", "query", "site"},
		{"no host", "https:///path", "no host", ""},
		{"port zero", "https://www.example.org:0/", "port", "65535"},
		{"port too high", "https://www.example.org:70000/", "port", "65535"},
		{"backslash", `https://www.example.org\@evil.example/`, "backslash", "/"},
		{"numeric host in a URL", "http://0x7f000001/", "looks like an IP", "four numbers"},
		{"pattern in a URL", "https://*.example.org/", "pattern", "each"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := ParseAddress(c.in)
			if err == nil {
				t.Fatalf("ParseAddress(%q) = %s, want an error", c.in, a)
			}
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.message) || !strings.Contains(HintOf(err), c.hint) {
				t.Errorf("ParseAddress(%q) = %v (hint %q), want %q (hint %q)", c.in, err, HintOf(err), c.message, c.hint)
			}
		})
	}
}

// The canonical text of whatever parses must parse to itself: it is the key
// by which assets are told apart.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{
		"192.0.2.7", "2001:db8::1/120", "bücher.example", "https://www.example.org:8443/a/%2e/b%zz#x",
		"http://[::ffff:192.0.2.1]", "0x7f.1", "a。b", "xn--bcher-kva.example", "http://h.example/%25%32%65",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Errorf("error for %q is %d bytes long", s, len(err.Error()))
			}
			return
		}
		b, err := ParseAddress(a.String())
		if err != nil {
			t.Fatalf("ParseAddress(%q) = %q, which does not parse: %v", s, a, err)
		}
		if a != b {
			t.Errorf("ParseAddress(%q) = %q, which parses to %q", s, a, b)
		}
		p, ok := a.Prefix()
		if ok == (a.Host() != "") {
			t.Errorf("ParseAddress(%q) has prefix %s and host %q, want one of them", s, p, a.Host())
		}
	})
}
