package inventory

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// AuthorizationMethod is how an authorisation was proven.
type AuthorizationMethod string

// Methods of authorisation.
const (
	MethodLetter  AuthorizationMethod = "letter"  // signed letter, kept with its hash
	MethodDNS     AuthorizationMethod = "dns"     // TXT record on the name
	MethodMandate AuthorizationMethod = "mandate" // the CERT's own legal power
)

// AuthorizationState is where an authorisation stands.
type AuthorizationState string

// Authorisation states. Expiry is computed from Until, never waited for.
const (
	AuthDraft     AuthorizationState = "draft"
	AuthSubmitted AuthorizationState = "submitted"
	AuthActive    AuthorizationState = "active"
	AuthSuspended AuthorizationState = "suspended"
	AuthExpired   AuthorizationState = "expired"
	AuthRevoked   AuthorizationState = "revoked"
)

// An Authorization is one organisation's permission to be scanned.
type Authorization struct {
	ID       AuthorizationID
	Org      OrganizationID
	Prefixes []netip.Prefix
	Names    []string // ASCII, lower case; "*.example.org" covers every name below
	Method   AuthorizationMethod
	State    AuthorizationState
	Level    Level
	// OTLevel is the ceiling for OT assets; LevelLight unless the operator
	// asked for more in writing.
	OTLevel Level
	From    time.Time
	Until   time.Time // exclusive
	Windows []Window  // none means any time
	// TimeZone is the IANA zone of Windows.
	TimeZone  string
	SignedBy  string
	Reference string // a mandate's legal basis, or the TXT value
	Document  Document
	CreatedAt time.Time
	Reason    string // of suspension, revocation or return

	Version     int // rises with each change
	CreatedBy   string
	SubmittedBy string
	SubmittedAt time.Time
	DecidedBy   string // who activated, returned, suspended, resumed or revoked last
	DecidedAt   time.Time
	CheckedAt   time.Time // when the DNS was last asked for the proof
}

// A Document is a stored proof; the bytes stay in the store.
type Document struct {
	Name   string
	SHA256 string // lower-case hexadecimal
	Size   int64  // bytes
}

// Normalize returns a new authorisation with tidy fields, or every mistake in
// it at once. admit lists the reserved prefixes that the installation may
// scan. An empty state means active; an OT level not given means light.
func (a Authorization) Normalize(admit []netip.Prefix) (Authorization, error) {
	var m mistakes
	if a.Org == "" {
		m.keep(invalid("organization", "", "missing", "say whose authorisation it is"))
	}
	a.Prefixes = normalizePrefixes(&m, a.Prefixes, admit)
	a.Names = normalizeNames(&m, a.Names)
	if len(a.Prefixes)+len(a.Names) == 0 && len(m) == 0 {
		m.keep(invalid("authorization", "", "covers nothing", "give at least one prefix or name"))
	}
	a.checkProof(&m)
	a.checkTimes(&m)
	a.normalizeLevels(&m)
	if a.State == "" {
		a.State = AuthActive
	}
	states := []AuthorizationState{AuthDraft, AuthSubmitted, AuthActive, AuthSuspended, AuthExpired, AuthRevoked}
	if !slices.Contains(states, a.State) {
		m.keep(invalid("state", string(a.State), "unknown state", "use one of: "+join(states)))
	}
	var err error
	a.SignedBy, err = normalizeLine("signed by", a.SignedBy, 200)
	m.keep(err)
	a.Reference, err = normalizeLine("reference", a.Reference, 500)
	m.keep(err)
	if err := errors.Join(m...); err != nil {
		return Authorization{}, err
	}
	a.From, a.Until = a.From.UTC(), a.Until.UTC()
	return a, nil
}

// mistakes collects errors, so that all can be told at once.
type mistakes []error

func (m *mistakes) keep(err error) {
	if err != nil {
		*m = append(*m, err)
	}
}

// An authorisation's prefix of more addresses than these is a slip of the
// keyboard.
const (
	shortestPrefix4 = 8
	shortestPrefix6 = 20
)

func normalizePrefixes(m *mistakes, prefixes []netip.Prefix, admit []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range prefixes {
		if !p.IsValid() {
			m.keep(invalid("prefix", "", "not a prefix", "write it like 192.0.2.0/24"))
			continue
		}
		q, err := unmapPrefix(p)
		switch {
		case err != nil:
			m.keep(invalid("prefix", p.String(), err.Error(), "write it as an IPv4 prefix"))
		case q.Addr().Is4() && q.Bits() < shortestPrefix4, q.Addr().Is6() && q.Bits() < shortestPrefix6:
			m.keep(invalid("prefix", p.String(), "too large for one organisation", "name the prefixes that it really holds"))
		default:
			if err := checkReservedPrefix(q, admit); err != nil {
				m.keep(err)
				continue
			}
			out = append(out, q)
		}
	}
	slices.SortFunc(out, netip.Prefix.Compare)
	return slices.Compact(out)
}

func normalizeNames(m *mistakes, names []string) []string {
	var out []string
	for _, n := range names {
		name, err := parseNamePattern("name", n)
		if err != nil {
			m.keep(err)
			continue
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// checkProof asks each method for what proves it.
func (a Authorization) checkProof(m *mistakes) {
	switch a.Method {
	case MethodLetter:
		if b, err := hex.DecodeString(a.Document.SHA256); err != nil || len(b) != 32 || a.Document.Size <= 0 {
			m.keep(invalid("document", a.Document.Name, "a letter needs the document itself", "give the signed letter"))
		}
	case MethodMandate:
		if strings.TrimSpace(a.Reference) == "" {
			m.keep(invalid("reference", "", "a mandate needs its legal basis", "name the law or order"))
		}
	case MethodDNS:
		if strings.TrimSpace(a.Reference) == "" {
			m.keep(invalid("reference", "", "a DNS proof needs the TXT record's value", "give it as the reference"))
		}
		if len(a.Prefixes) > 0 {
			m.keep(invalid("prefix", a.Prefixes[0].String(), "a TXT record proves who holds a name, not who holds addresses",
				"authorise prefixes by letter or mandate"))
		}
	default:
		all := []AuthorizationMethod{MethodLetter, MethodDNS, MethodMandate}
		m.keep(invalid("method", string(a.Method), "unknown method", "use one of: "+join(all)))
	}
}

// moment writes a time as people give it: as a day, where it is one's beginning.
func moment(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.UTC().Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

func (a Authorization) checkTimes(m *mistakes) {
	switch {
	case a.From.IsZero():
		m.keep(invalid("from", "", "missing", "give the first day, such as 2026-01-31"))
	case a.Until.IsZero():
		m.keep(invalid("until", "", "missing; an authorisation must end", "give the day after the last, such as 2026-12-31"))
	case !a.Until.After(a.From):
		m.keep(invalid("until", moment(a.Until), "not after the beginning, "+moment(a.From), "give the day after the last, such as 2026-12-31"))
	}
	for _, w := range a.Windows {
		m.keep(w.check())
	}
	if len(a.Windows) > 0 || a.TimeZone != "" {
		_, err := loadZone(a.TimeZone)
		m.keep(err)
	}
}

func (a *Authorization) normalizeLevels(m *mistakes) {
	if a.Level <= LevelNothing || a.Level > LevelIntensive {
		m.keep(invalid("level", fmt.Sprint(int(a.Level)), "unknown level", "use one of: "+strings.Join(levelNames[1:], ", ")))
		return
	}
	if a.OTLevel == LevelNothing {
		a.OTLevel = min(LevelLight, a.Level)
	}
	if a.OTLevel < LevelNothing || a.OTLevel > a.Level {
		m.keep(invalid("OT level", a.OTLevel.String(), "above the level for everything else, "+a.Level.String(), ""))
	}
}

// levelFor is how hard an asset of a class may be looked at.
func (a Authorization) levelFor(class AssetClass) Level {
	if class == OT {
		return min(a.Level, cmp.Or(a.OTLevel, LevelLight))
	}
	return a.Level
}

// names tells whether a covers the name.
func (a Authorization) names(name string) bool {
	return slices.ContainsFunc(a.Names, func(n string) bool { return nameMatches(n, name) })
}

// holds tells whether an address is in one of the prefixes.
func holds(prefixes []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}
