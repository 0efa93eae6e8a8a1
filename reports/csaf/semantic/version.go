package semantic

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/reports/csaf/tree"
)

// A version is an integer or of the form of semver.org.
type version struct {
	integer    bool
	numbers    [3]uint64 // an integer has the first alone
	preRelease []string
}

// versionForm has at most 18 digits in a number, as many as can be counted.
var versionForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,17})(?:\.(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,17})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?)?$`)

func parseVersion(s string) (v version, ok bool) {
	m := versionForm.FindStringSubmatch(s)
	if m == nil {
		return version{}, false
	}
	v.integer = m[2] == ""
	for i := range v.numbers {
		v.numbers[i], _ = strconv.ParseUint(m[i+1], 10, 64) // "" is 0
	}
	if m[4] != "" {
		v.preRelease = strings.Split(m[4], ".")
	}
	return v, true
}

// unfinished tells whether v is one that only drafts have.
func (v version) unfinished() bool { return v.numbers[0] == 0 }

// compare orders by precedence, for which build metadata do not count.
func (v version) compare(w version) int {
	if d := slices.Compare(v.numbers[:], w.numbers[:]); d != 0 {
		return d
	}
	switch {
	case len(v.preRelease) == 0 || len(w.preRelease) == 0:
		return cmp.Compare(len(w.preRelease), len(v.preRelease)) // a release comes last
	default:
		return slices.CompareFunc(v.preRelease, w.preRelease, comparePreRelease)
	}
}

// comparePreRelease puts numbers first, in their order.
func comparePreRelease(a, b string) int {
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	switch {
	case digits(a) && digits(b):
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	case digits(a):
		return -1
	case digits(b):
		return 1
	}
	return cmp.Compare(a, b)
}

// A revision is one item of the revision history.
type revision struct {
	at      time.Time
	number  tree.Node
	version version
	ok      bool // date and number could be read
}

// historyOf sorts the revisions by date and, of one date, by number.
func historyOf(tracking tree.Node) []revision {
	var out []revision
	for item := range tracking.At("revision_history").Items() {
		r := revision{number: item.At("number")}
		var dated bool
		r.at, dated = instant(item.At("date").Text())
		r.version, r.ok = parseVersion(r.number.Text())
		r.ok = r.ok && dated
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b revision) int {
		return cmp.Or(a.at.Compare(b.at), a.version.compare(b.version))
	})
	return out
}

func instant(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(s)) // RFC 3339 allows t and z
	return t, err == nil
}
