package inventory

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// defaultPorts are the schemes that an asset's URL may have, and the ports
// that go without saying.
var defaultPorts = map[string]uint16{"http": 80, "https": 443}

// parseURL reads an http(s) URL; the caller has checked the characters.
func parseURL(text string) (Address, error) {
	if strings.ContainsRune(text, '\\') {
		return Address{}, badAddress(text, "has a backslash", "write / instead")
	}
	u, err := url.Parse(text)
	if err != nil {
		return Address{}, badAddress(text, "not a URL", "write it like https://www.example.org/path")
	}
	port, known := defaultPorts[u.Scheme]
	switch {
	case !known:
		return Address{}, badAddress(text, "not an http or https URL", "register the host name or address of other services")
	case u.User != nil:
		return Address{}, badAddress(text, "has a user name or password in it", "leave out everything up to the @; secrets do not belong here")
	case u.RawQuery != "" || u.ForceQuery:
		return Address{}, badAddress(text, "has a query", "an asset is a site, not a page: leave out the ? and what follows")
	}
	a := Address{kind: KindURL, scheme: u.Scheme, path: cleanPath(u.EscapedPath())}
	authority, err := a.setHost(text, u.Hostname())
	if err != nil {
		return Address{}, err
	}
	a.port = port
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return Address{}, badAddress(text, "has no valid port", "ports are numbers from 1 to 65535")
		}
		a.port = uint16(n)
	}
	a.text = a.scheme + "://" + authority
	if a.port != port {
		a.text += ":" + strconv.Itoa(int(a.port))
	}
	a.text += a.path
	return a, nil
}

// setHost puts a URL's host in its place and returns it as a URL writes it.
func (a *Address) setHost(text, host string) (string, error) {
	if host == "" {
		return "", badAddress(text, "has no host", "write it like https://www.example.org/path")
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		ip, err := ofAddr(text, addr)
		if err != nil {
			return "", err
		}
		a.prefix = ip.prefix
		if ip.kind == KindIPv6 {
			return "[" + ip.text + "]", nil
		}
		return ip.text, nil
	}
	if strings.ContainsRune(host, ':') {
		return "", badAddress(text, "its host is not an IPv6 address", "write it like https://[2001:db8::1]/")
	}
	if strings.ContainsRune(host, '*') {
		return "", badAddress(text, "a pattern, not an address", "register each site")
	}
	name, err := parseHostname("address", host)
	if err != nil {
		return "", err
	}
	a.host = name
	return name, nil
}

// cleanPath brings an escaped path into the normal form of RFC 3986 section
// 6.2.2: escapes in capitals and only where they are needed, no dot segments.
func cleanPath(escaped string) string {
	var b strings.Builder
	for i := 0; i < len(escaped); i++ {
		if escaped[i] != '%' || i+2 >= len(escaped) {
			b.WriteByte(escaped[i])
			continue
		}
		code := escaped[i+1 : i+3]
		n, err := strconv.ParseUint(code, 16, 8)
		if err == nil && isUnreserved(byte(n)) {
			b.WriteByte(byte(n))
		} else {
			b.WriteString("%" + strings.ToUpper(code))
		}
		i += 2
	}
	var out []string
	segments := strings.Split(b.String(), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch {
		case i == 0: // before the first slash
		case s == "." || s == "..":
			if s == ".." && len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, s)
		}
	}
	return "/" + strings.Join(out, "/")
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
