package inventory

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// A Contact is whom the CERT tells.
type Contact struct {
	ID         ContactID
	Role       ContactRole
	Name       string
	Email      string
	Phone      string
	OpenPGPKey string // armoured public key, or empty
	// SMIMECertificate is an X.509 certificate in PEM, or empty.
	SMIMECertificate string
	Language         string // of Languages; "" means English
	TimeZone         string // IANA name; "" means the organisation's
	Position         int    // 1 is told first, 2 when nobody answers; 0 means 1
	Mutes            Mutes
	Version          int // rises with each change; 0 on a new one
}

// Called is what to call the contact by.
func (c Contact) Called() string { return cmp.Or(c.Name, c.Email, c.Phone) }

// Mutes are the mails that a contact does not want.
type Mutes struct{ Digest, Alerts bool }

// Languages lists the languages that contacts can be written to in, as BCP 47
// writes them.
func Languages() []string {
	return []string{"en", "bn", "hi", "ne", "si", "ta", "th", "my", "dz"}
}

// ContactRole is what a contact is told about.
type ContactRole string

// Contact roles.
const (
	RoleTechnical    ContactRole = "technical"
	RoleDistribution ContactRole = "distribution" // receives the weekly report
	RoleEmergency    ContactRole = "emergency"
	RoleManagement   ContactRole = "management"
)

// ParseContactRole accepts the constants, in any case.
func ParseContactRole(s string) (ContactRole, error) {
	all := []ContactRole{RoleTechnical, RoleDistribution, RoleEmergency, RoleManagement}
	v := ContactRole(strings.ToLower(strings.TrimSpace(s)))
	if slices.Contains(all, v) {
		return v, nil
	}
	return "", invalid("role", s, "unknown contact role", "use one of: "+join(all))
}

// Normalize returns c with tidy fields, or every mistake in it at once. Who
// cannot be reached is no contact: an e-mail address or a telephone is needed.
func (c Contact) Normalize() (Contact, error) {
	var m mistakes
	var err error
	c.Role, err = ParseContactRole(string(c.Role))
	m.keep(err)
	c.Name, err = normalizeLine("contact name", c.Name, 200)
	m.keep(err)
	c.Email, err = parseEmail(c.Email)
	m.keep(err)
	c.Phone, err = parsePhone(c.Phone)
	m.keep(err)
	c.OpenPGPKey, err = parseOpenPGPKey(c.OpenPGPKey)
	m.keep(err)
	c.SMIMECertificate, err = parseCertificate(c.SMIMECertificate)
	m.keep(err)
	c.Language = cmp.Or(strings.ToLower(strings.TrimSpace(c.Language)), "en")
	if !slices.Contains(Languages(), c.Language) {
		m.keep(invalid("language", c.Language, "not a language that we write", "use one of: "+strings.Join(Languages(), ", ")))
	}
	if c.TimeZone != "" {
		_, err = loadZone(c.TimeZone)
		m.keep(err)
	}
	c.Position = cmp.Or(c.Position, 1)
	if c.Position != 1 && c.Position != 2 {
		m.keep(invalid("position", strconv.Itoa(c.Position), "neither first nor second", "use 1 for who is told first, 2 for who is told next"))
	}
	if c.Email == "" && c.Phone == "" && len(m) == 0 {
		m.keep(invalid("contact", c.Name, "cannot be reached", "give an e-mail address or a telephone number"))
	}
	if err := errors.Join(m...); err != nil {
		return Contact{}, err
	}
	return c, nil
}

// parseEmail accepts one bare address, and puts its domain into canonical
// form. Empty stays empty.
func parseEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	wrong := invalid("email", s, "not an e-mail address", "write it like soc@example.org")
	local, domain, ok := cutLast(s, '@')
	if !ok || len(s) > 254 {
		return "", wrong
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil || !strings.Contains(name, ".") {
		return "", wrong
	}
	s = local + "@" + name
	// A display name, a comment or a list would end up in a mail's header.
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || a.Name != "" {
		return "", wrong
	}
	return s, nil
}

// parsePhone accepts what people write for a telephone number. Empty stays
// empty.
func parsePhone(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" {
		return "", nil
	}
	digits := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			digits++
		} else if !strings.ContainsRune("+-()/. extEXT", r) {
			digits = 0
			break
		}
	}
	if digits < 3 || len(s) > 40 {
		return "", invalid("phone", s, "not a telephone number", "write it like +94 11 269 1692")
	}
	return s, nil
}

const (
	armourBegin   = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
	armourEnd     = "-----END PGP PUBLIC KEY BLOCK-----"
	maxKeyBytes   = 256 << 10
	publicKeyTag  = 6 // RFC 9580 section 5
	publicKeyHint = "export it with: gpg --armor --export-options export-minimal --export soc@example.org"
)

// parseOpenPGPKey checks that the text is one armoured block that begins with
// a public key. Whether the key is good is for the mailer to judge; this keeps
// private keys and pasted accidents out. Empty stays empty.
func parseOpenPGPKey(s string) (string, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	if s == "" {
		return "", nil
	}
	wrong := func(message string) (string, error) { // never echoes the text: it may be a private key
		return "", invalid("openpgp key", "", message, publicKeyHint)
	}
	switch {
	case len(s) > maxKeyBytes:
		return wrong("larger than 256 KiB")
	case strings.Contains(s, "PRIVATE KEY"):
		return wrong("a private key; never give it away")
	case !strings.HasPrefix(s, armourBegin+"\n"), !strings.HasSuffix(s, "\n"+armourEnd), strings.Count(s, "-----BEGIN") != 1:
		return wrong("not one armoured public key block")
	}
	body := strings.TrimSuffix(strings.TrimPrefix(s, armourBegin+"\n"), armourEnd)
	// Headers such as "Comment:" end with an empty line, which RFC 9580 asks
	// for even when there are none.
	_, data, ok := strings.Cut("\n"+body, "\n\n")
	if !ok {
		return wrong("damaged: no empty line after its headers")
	}
	lines := strings.Fields(data)
	if n := len(lines); n > 0 && len(lines[n-1]) == 5 && lines[n-1][0] == '=' { // the checksum
		lines = lines[:n-1]
	}
	packets, err := base64.StdEncoding.DecodeString(strings.Join(lines, ""))
	if err != nil || len(packets) < 16 {
		return wrong("damaged: its text is not base64")
	}
	if packetTag(packets[0]) != publicKeyTag {
		return wrong("does not begin with a public key")
	}
	return s + "\n", nil
}

// packetTag reads the type out of a packet's first byte, in either format.
func packetTag(b byte) byte {
	switch {
	case b&0xC0 == 0xC0:
		return b & 0x3F
	case b&0x80 != 0:
		return b >> 2 & 0x0F
	}
	return 0
}
