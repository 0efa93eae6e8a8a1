package misp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"regexp"
	"strings"

	"github.com/google/uuid"
)

// stableID is a UUID with the form of version 4 that follows from a key and
// what it names. It needs no table that a restored backup could have lost, and
// without the key nobody can tell it from chance, or which advisory it belongs
// to. Each part is hashed with its length, so that no two lists read the same.
func stableID(key []byte, parts ...string) Word {
	mac := hmac.New(sha256.New, key)
	for _, p := range append([]string{"misp"}, parts...) {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		mac.Write([]byte(p))
	}
	var id uuid.UUID
	copy(id[:], mac.Sum(nil))
	id[6] = id[6]&0x0f | 0x40 // version 4
	id[8] = id[8]&0x3f | 0x80 // RFC 9562 variant
	return Word(id.String())
}

// OrgUUID is the UUID of a CERT in MISP that has none registered: all who know
// its namespace come to the same.
func OrgUUID(namespace string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(namespace)).String()
}

func isUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// FileName is the event's file in a feed.
func (e Event) FileName() string { return strings.ToLower(string(e.UUID)) + ".json" }

// IsFileName tells whether name could be that of an event's file, and nothing
// else.
func IsFileName(name string) bool {
	id, ok := strings.CutSuffix(name, ".json")
	return ok && isUUID(id)
}

// What foreign words must look like to be taken for what they claim to be.
var (
	cvePattern    = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,19}$`)
	cwePattern    = regexp.MustCompile(`^CWE-[1-9][0-9]{0,5}$`)
	checkPattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)
	versPattern   = regexp.MustCompile(`^vers:[a-z0-9.+-]{1,30}/[!-~]{1,500}$`)
	purlPattern   = regexp.MustCompile(`^pkg:[A-Za-z][A-Za-z0-9.+-]*/[!-~]{1,500}$`)
	hostPattern   = regexp.MustCompile(`(?i)^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.){1,10}[a-z][a-z0-9-]{0,61}[a-z0-9]\.?$`)
	sha256Pattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// cpePattern is a CPE 2.3 formatted string as NIST IR 7695 has it.
	cpePattern = regexp.MustCompile(`^cpe:2\.3:[aho*-](:(\?*\*?([A-Za-z0-9._-]|\\[!-/:-@\[-` + "`" + `{-~])+\?*\*?|[*-])){5}:([a-zA-Z]{2,3}(-([a-zA-Z]{2}|[0-9]{3}))?|[*-])(:(\?*\*?([A-Za-z0-9._-]|\\[!-/:-@\[-` + "`" + `{-~])+\?*\*?|[*-])){4}$`)
)

// isCPE bounds the length first: a text of others must not choose what
// matching costs.
func isCPE(s string) bool { return len(s) <= 500 && cpePattern.MatchString(s) }
