package inbox

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/nesting"
	"github.com/ciiscan/ciiscan/inventory"
)

const (
	maxDepth    = 64 // of nesting
	maxProblems = 60 // of one document; more tell nothing new
)

// Read checks size, form, format and signature of an arrival, and takes out
// what it says. Of the facts it needs the teams' keys and our namespaces.
func Read(a Arrival, f Facts) Reading {
	r := Reading{arrival: a, problems: slices.Clone(a.Problems), signature: exchange.SignatureNone}
	if r.form(); r.fatal() {
		return r
	}
	r.sign(f)
	r.decode()
	if n := len(r.problems); n > maxProblems {
		r.problems = append(r.problems[:maxProblems:maxProblems], exchange.Problem{
			Code: "more", What: fmt.Sprintf("%d more problems are not listed", n-maxProblems),
			Fatal: slices.ContainsFunc(r.problems[maxProblems:], func(p exchange.Problem) bool { return p.Fatal }),
		})
	}
	return r
}

// archives begin so. Nothing is unpacked here: a bomb is one byte for a
// thousand, and the transport has its own compression.
var archives = []struct{ begin, name string }{
	{"PK\x03\x04", "zip"},
	{"PK\x05\x06", "zip"},
	{"\x1f\x8b", "gzip"},
	{"BZh", "bzip2"},
	{"\xfd7zXZ\x00", "xz"},
	{"\x28\xb5\x2f\xfd", "zstd"},
	{"7z\xbc\xaf\x27\x1c", "7z"},
	{"Rar!", "rar"},
}

func archive(raw []byte) string {
	for _, a := range archives {
		if bytes.HasPrefix(raw, []byte(a.begin)) {
			return a.name
		}
	}
	return ""
}

// form refuses what costs too much to read, before anything reads it.
func (r *Reading) form() {
	raw := r.arrival.Raw
	kind := archive(raw)
	switch {
	case len(raw) > MaxBytes:
		r.add("too-large", "", fmt.Sprintf("it has %d bytes, and at most %d are read", len(raw), MaxBytes), true)
	case len(bytes.TrimSpace(raw)) == 0:
		r.add("empty", "", "it is empty", true)
	case kind != "":
		r.add("compressed", "", fmt.Sprintf("it is a %s file, which is not opened: send the document itself", kind), true)
	case !nesting.Within(raw, maxDepth):
		r.add("too-deep", "", fmt.Sprintf("it is nested deeper than %d levels", maxDepth), true)
	}
}

// Pins are the keys of teams, as signatures are checked with them.
func Pins(teams ...exchange.Team) []pgp.PinnedKey {
	var out []pgp.PinnedKey
	for _, t := range teams {
		for _, k := range t.Keys {
			out = append(out, pgp.PinnedKey{
				Fingerprint: k.Fingerprint, Armored: k.Armored, ValidFrom: k.ValidFrom, ValidUntil: k.ValidUntil, RevokedAt: k.RevokedAt,
			})
		}
	}
	return out
}

// Signer finds the team that a key is pinned for.
func Signer(fingerprint string, teams ...exchange.Team) (exchange.Team, bool) {
	for _, t := range teams {
		if slices.ContainsFunc(t.Keys, func(k exchange.Key) bool { return fingerprint != "" && strings.EqualFold(k.Fingerprint, fingerprint) }) {
			return t, true
		}
	}
	return exchange.Team{}, false
}

// sign judges the signature: the team's keys first, then those of others, to
// tell whose it is. What the document says about keys is not looked at.
func (r *Reading) sign(f Facts) {
	result := pgp.Verify(r.arrival.Raw, r.arrival.Signature, Pins(f.Team), r.arrival.At)
	if result.Status == pgp.UnknownKey {
		result = pgp.Verify(r.arrival.Raw, r.arrival.Signature, Pins(f.Others...), r.arrival.At)
	}
	if result.Status == pgp.None && r.arrival.Around != nil {
		result = *r.arrival.Around
	}
	owner, known := Signer(result.Fingerprint, append([]exchange.Team{f.Team}, f.Others...)...)
	r.signedBy = result.Fingerprint
	switch {
	case result.Status == pgp.Good && owner.ID != f.Team.ID:
		r.signature = exchange.SignatureOther
		whose := "somebody whose key is not pinned for this team"
		if known {
			whose = fmt.Sprintf("%s (%s)", inventory.CleanText(owner.Name, 100), owner.ID)
		}
		r.add("signature-other", "", "it is signed, but by "+whose, true)
	case result.Status == pgp.Good:
		r.signature = exchange.SignatureGood
	case result.Status == pgp.ExpiredKey && owner.ID == f.Team.ID:
		r.signature = exchange.SignatureExpired
		r.add("signature-expired", "", result.Why, false)
	case result.Status == pgp.UnknownKey || result.Status == pgp.ExpiredKey:
		r.signature, r.signedBy = exchange.SignatureUnknown, ""
		r.add("signature-unknown", "", "it is signed by a key that nobody pinned for this team", false)
	case result.Status == pgp.Bad:
		r.signature = exchange.SignatureBad
		r.add("signature-bad", "", result.Why, true)
	default:
		r.add("signature-none", "", "it is not signed", false)
	}
}
