package inventory

import (
	"net/netip"
	"time"
)

// Level is how hard a scan may look; each includes the ones below.
type Level int

// Levels, as an authorisation names them.
const (
	LevelNothing   Level = 0
	LevelPassive   Level = 1 // no packet to the host
	LevelLight     Level = 2 // named ports, one connection at a time
	LevelStandard  Level = 3
	LevelIntensive Level = 4
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
	Reason    string // of suspension or revocation
}

// A Document is a stored proof; the bytes stay in the store.
type Document struct {
	Name   string
	SHA256 string // lower-case hexadecimal
	Size   int64  // bytes
}

// A Window is a span of local time in which scanning is allowed. One whose
// Start is after its End runs over midnight, and Days name its first day.
type Window struct {
	Days       []time.Weekday // none means every day
	Start, End time.Duration  // since local midnight; End is the hard stop
}

// An Exclusion forbids scanning, whatever is authorised, until it ends.
// It names either a prefix or a host name.
type Exclusion struct {
	ID        ExclusionID
	Prefix    netip.Prefix
	Name      string
	Reason    string
	Until     time.Time
	CreatedBy string
	CreatedAt time.Time
}

// A Scope answers whether one organisation's addresses may be scanned now.
type Scope struct {
	auths      []Authorization
	exclusions []Exclusion
	admit      []netip.Prefix
}

// NewScope makes a scope of what is stored. admit lists the reserved prefixes
// that this installation may scan (scan.allow_reserved).
func NewScope(auths []Authorization, exclusions []Exclusion, admit []netip.Prefix) Scope {
	return Scope{auths: auths, exclusions: exclusions, admit: admit}
}

// A Subject is what a target belongs to: the asset, its class, and the name
// by which its address was found ("" when the asset is an address).
type Subject struct {
	Asset AssetID
	Class AssetClass
	Name  string // ASCII host name
}

// A Target is a permit to send packets to one address, for one asset, up to a
// level and until a moment. Only Scope.Authorize makes one.
type Target struct {
	addr    netip.Addr
	subject Subject
	auth    AuthorizationID
	level   Level
	until   time.Time
}

// Addr returns the address, unmapped.
func (t Target) Addr() netip.Addr { return t.addr }

// Asset returns the asset that findings on this address belong to.
func (t Target) Asset() AssetID { return t.subject.Asset }

// Class returns whether the asset is IT or OT.
func (t Target) Class() AssetClass { return t.subject.Class }

// Name returns the host name by which the address was reached, or "".
func (t Target) Name() string { return t.subject.Name }

// Authorization returns what permits the target.
func (t Target) Authorization() AuthorizationID { return t.auth }

// Level returns the highest level allowed.
func (t Target) Level() Level { return t.level }

// Until returns when packets must have stopped: the end of the authorisation
// or of the present window, whichever comes first.
func (t Target) Until() time.Time { return t.until }

// Authorize permits scanning addr for the subject at the given time, or says
// why not: every error is ErrOutOfScope and names the rule that refuses.
//
// The order of the rules: reserved addresses, exclusions of the address or
// the name, then the authorisations. One that covers the address by prefix,
// or the subject's name by name, permits; among several the one with the
// highest level counts, and of those the one that lasts longest.
func (s Scope) Authorize(addr netip.Addr, subject Subject, at time.Time) (Target, error) {
	return s.authorize(addr, subject, at)
}
