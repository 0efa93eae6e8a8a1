package exchange

import "time"

// TeamID names a peer team for life ("TEAM-3").
type TeamID string

// A Team is a peer: who they are, and what proves that it is they. Identity is
// a pinned key or certificate, never what a document says of itself.
type Team struct {
	ID           TeamID
	Name         string
	Country      string // ISO 3166-1 alpha-2
	State        TeamState
	RFC2350      string   // URL of the team's description (RFC 2350)
	Memberships  []string // "FIRST", "TI accredited", "APCERT"
	Contacts     []Contact
	Keys         []Key
	Certificates []Certificate
	APIKeys      []APIKey // what they may come with where no client certificate can be had
	Namespaces   []string // CSAF publisher namespaces that are theirs
	MISPOrg      string   // UUID of their organisation in MISP
	STIXIdentity string   // id of their identity object
	TimeZone     string   // IANA
	Languages    []string // BCP 47
	Profile      Profile  // how what goes to them is redacted, unless a release asks for more
	CreatedAt    time.Time
}

// TeamState is where the acquaintance stands.
type TeamState string

// Team states. An example is a name from the public record, which somebody
// still has to confirm; nothing is exchanged with it.
const (
	TeamExample   TeamState = "example"
	TeamConfirmed TeamState = "confirmed"
	TeamFormer    TeamState = "former"
)

// A Contact is a person or desk of a team.
type Contact struct {
	Role  ContactRole `json:"role"`
	Name  string      `json:"name"`
	Email string      `json:"email"`
	Phone string      `json:"phone"`
}

// ContactRole says what a contact is for.
type ContactRole string

// Contact roles. Only LawEnforcement gets what is marked for referral.
const (
	PointOfContact ContactRole = "poc_24x7"
	FocalPoint     ContactRole = "focal_point" // for the agreement itself
	Exchange       ContactRole = "exchange"    // where advisories are mailed to
	Legal          ContactRole = "legal"
	LawEnforcement ContactRole = "law_enforcement"
)

// A Key is an OpenPGP certificate that a person has verified.
type Key struct {
	Fingerprint string     `json:"fingerprint"` // upper-case hex, no spaces
	Armored     string     `json:"armored"`     // the public key
	ValidFrom   time.Time  `json:"valid_from"`
	ValidUntil  *time.Time `json:"valid_until"` // nil: it does not expire
	VerifiedBy  string     `json:"verified_by"`
	VerifiedHow string     `json:"verified_how"` // "MoU annex B, read out by telephone"
	AddedAt     time.Time  `json:"added_at"`
	RevokedAt   *time.Time `json:"revoked_at"`
}

// Usable tells whether signatures made with the key at the given time count.
func (k Key) Usable(at time.Time) bool {
	return (k.RevokedAt == nil || at.Before(*k.RevokedAt)) && !at.Before(k.ValidFrom) && (k.ValidUntil == nil || at.Before(*k.ValidUntil))
}

// A Certificate is the TLS client certificate by which a team's machines are
// known.
type Certificate struct {
	SHA256      string     `json:"sha256"` // of the DER, lower-case hex
	PEM         string     `json:"pem"`
	Subject     string     `json:"subject"`
	ValidFrom   time.Time  `json:"valid_from"`
	ValidUntil  time.Time  `json:"valid_until"`
	VerifiedBy  string     `json:"verified_by"`
	VerifiedHow string     `json:"verified_how"`
	AddedAt     time.Time  `json:"added_at"`
	RevokedAt   *time.Time `json:"revoked_at"`
}

// Usable tells whether the certificate opens doors at the given time.
func (c Certificate) Usable(at time.Time) bool {
	return (c.RevokedAt == nil || at.Before(*c.RevokedAt)) && !at.Before(c.ValidFrom) && at.Before(c.ValidUntil)
}

// An APIKey is a secret that we gave to a team. Only its hash is kept.
type APIKey struct {
	Name      string     `json:"name"`
	SHA256    string     `json:"sha256"`
	ExpiresAt time.Time  `json:"expires_at"`
	AddedAt   time.Time  `json:"added_at"`
	RevokedAt *time.Time `json:"revoked_at"`
}

// KeyChangeID names a requested change of a team's credentials ("KEY-1").
type KeyChangeID string

// A KeyChange is the wish to trust, or no more to trust, a credential. It
// takes effect when a second person confirms it.
type KeyChange struct {
	ID          KeyChangeID
	Team        TeamID
	Kind        CredentialKind
	Revoke      bool         // else add
	Key         *Key         // of kind openpgp, to be added
	Certificate *Certificate // of kind tls, to be added
	Fingerprint string       // of either
	RequestedBy string
	RequestedAt time.Time
	Reason      string
	ConfirmedBy string // "" while it waits
	ConfirmedAt *time.Time
	RejectedAt  *time.Time
}

// CredentialKind parts keys that sign from certificates that open doors.
type CredentialKind string

// Credential kinds.
const (
	OpenPGP CredentialKind = "openpgp"
	TLS     CredentialKind = "tls"
)

// A Caller is a peer at one of our doors, and what proved it. The zero Caller
// is anybody.
type Caller struct {
	Team       TeamID
	Credential string // "tls:ab12…", "key:NAME"; "" for anybody
}
