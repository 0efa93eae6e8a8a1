package stix

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/google/uuid"
)

// observables is the namespace in which STIX 2.1 section 2.9 derives the ids of
// observables from what they say, so that all the world gives them the same.
var observables = uuid.MustParse("00abedb4-aa42-466c-9c01-fed23315a9b7")

// idOf names an object of ours by what it is about: the advisory and the role
// it plays there. STIX wants random ids (UUID version 4), and wants them never
// to change; what a keyed hash gives cannot be told from random without the
// key, and needs no table that a restored backup could have lost. Without the
// key, too, nobody can tell from an id which advisory it belongs to.
func idOf(key []byte, kind string, about ...string) string {
	return kind + "--" + randomLooking(key, append([]string{kind}, about...)...)
}

// randomLooking is a UUID with the form of version 4. Each part is hashed with
// its length, so that no two lists of parts read the same.
func randomLooking(key []byte, parts ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		mac.Write([]byte(p))
	}
	var id uuid.UUID
	copy(id[:], mac.Sum(nil))
	id[6] = id[6]&0x0f | 0x40 // version 4
	id[8] = id[8]&0x3f | 0x80 // RFC 9562 variant
	return id.String()
}

// softwareID is the UUID version 5 of the properties that make one software
// the same as another, as canonical JSON (RFC 8785).
func softwareID(s software) string {
	raw, err := encode(struct { // in the order of the names
		CPE     string `json:"cpe,omitempty"`
		Name    string `json:"name"`
		Vendor  string `json:"vendor,omitempty"`
		Version string `json:"version,omitempty"`
	}{s.CPE, s.Name, s.Vendor, s.Version}, "")
	if err != nil { // strings always encode
		raw = []byte(s.Name)
	}
	return "software--" + uuid.NewSHA1(observables, raw).String()
}

// isID tells whether s is the id of an object of the kind; "" means any kind.
func isID(s, kind string) bool {
	k, u, ok := strings.Cut(s, "--")
	if !ok || len(u) != 36 || len(k) > 100 || k == "" || kind != "" && k != kind {
		return false
	}
	for _, r := range k {
		if r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return uuid.Validate(u) == nil
}
