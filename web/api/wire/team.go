package wire

import "time"

// A Peer is a team of another country with which we exchange.
type Peer struct {
	ID           string            `json:"id" example:"TEAM-3"`
	Name         string            `json:"name"`
	Country      string            `json:"country" example:"LK" doc:"ISO 3166-1 alpha-2."`
	State        string            `json:"state" enum:"example,confirmed,former" doc:"Nothing is exchanged with an example: somebody has to confirm it first."`
	RFC2350      string            `json:"rfc2350" doc:"URL of the team's description."`
	Memberships  []string          `json:"memberships" nullable:"false"`
	Contacts     []PeerContact     `json:"contacts" nullable:"false"`
	Keys         []PeerKey         `json:"keys" nullable:"false" doc:"OpenPGP keys that are pinned."`
	Certificates []PeerCertificate `json:"certificates" nullable:"false" doc:"TLS client certificates that are pinned."`
	APIKeys      []PeerAPIKey      `json:"api_keys" nullable:"false" doc:"Given out; without their secrets, which nobody keeps."`
	Namespaces   []string          `json:"namespaces" nullable:"false" doc:"Publisher namespaces of their CSAF documents."`
	MISPOrg      string            `json:"misp_org" doc:"UUID of their organisation in MISP."`
	STIXIdentity string            `json:"stix_identity" doc:"Id of their identity object."`
	TimeZone     string            `json:"time_zone"`
	Languages    []string          `json:"languages" nullable:"false"`
	Profile      RedactionProfile  `json:"profile" doc:"How what goes to them is redacted, unless a release asks for more."`
	CreatedAt    time.Time         `json:"created_at"`
	Version      string            `json:"version" doc:"Of what people change: give it back with a change."`
}

// A NewPeer asks for one; it is an example until somebody confirms it.
type NewPeer struct {
	Name         string           `json:"name" maxLength:"200"`
	Country      string           `json:"country" maxLength:"10" example:"LK"`
	RFC2350      string           `json:"rfc2350,omitempty" maxLength:"2000"`
	Memberships  []string         `json:"memberships,omitempty" nullable:"false" maxItems:"50"`
	Contacts     []PeerContact    `json:"contacts,omitempty" nullable:"false" maxItems:"50"`
	Namespaces   []string         `json:"namespaces,omitempty" nullable:"false" maxItems:"50"`
	MISPOrg      string           `json:"misp_org,omitempty" maxLength:"100"`
	STIXIdentity string           `json:"stix_identity,omitempty" maxLength:"100"`
	TimeZone     string           `json:"time_zone,omitempty" maxLength:"100"`
	Languages    []string         `json:"languages,omitempty" nullable:"false" maxItems:"50"`
	Profile      RedactionProfile `json:"profile,omitzero" doc:"Drops everything when absent."`
}

// A PeerChange changes what it names and leaves the rest. Keys and
// certificates have a way of their own, which needs two people.
type PeerChange struct {
	Version      string            `json:"version,omitempty" maxLength:"100" doc:"That the change was made from: when somebody changed it since, the change is refused with 412."`
	State        string            `json:"state,omitempty" enum:"former" doc:"former ends the acquaintance."`
	Name         *string           `json:"name,omitempty" maxLength:"200"`
	Country      *string           `json:"country,omitempty" maxLength:"10"`
	RFC2350      *string           `json:"rfc2350,omitempty" maxLength:"2000"`
	Memberships  []string          `json:"memberships,omitempty" nullable:"false" maxItems:"50" doc:"All of them."`
	Contacts     []PeerContact     `json:"contacts,omitempty" nullable:"false" maxItems:"50" doc:"All of them."`
	Namespaces   []string          `json:"namespaces,omitempty" nullable:"false" maxItems:"50" doc:"All of them."`
	MISPOrg      *string           `json:"misp_org,omitempty" maxLength:"100"`
	STIXIdentity *string           `json:"stix_identity,omitempty" maxLength:"100"`
	TimeZone     *string           `json:"time_zone,omitempty" maxLength:"100"`
	Languages    []string          `json:"languages,omitempty" nullable:"false" maxItems:"50" doc:"All of them."`
	Profile      *RedactionProfile `json:"profile,omitempty"`
}

// A PeerContact is a person or desk of a peer.
type PeerContact struct {
	Role  string `json:"role" enum:"poc_24x7,focal_point,exchange,legal,law_enforcement"`
	Name  string `json:"name,omitempty" maxLength:"200"`
	Email string `json:"email,omitempty" maxLength:"254"`
	Phone string `json:"phone,omitempty" maxLength:"50"`
}

// A RedactionProfile says how each kind of value about those affected leaves.
type RedactionProfile struct {
	Organization string `json:"organization,omitempty" enum:"keep,coarsen,drop" doc:"coarsen: a pseudonym that only this peer gets."`
	Address      string `json:"address,omitempty" enum:"keep,coarsen,drop" doc:"coarsen: the /24 or /48."`
	Hostname     string `json:"hostname,omitempty" enum:"keep,coarsen,drop" doc:"coarsen: the public suffix."`
	Site         string `json:"site,omitempty" enum:"keep,coarsen,drop" doc:"coarsen: the country."`
	Sector       string `json:"sector,omitempty" enum:"keep,coarsen,drop" doc:"coarsen: critical infrastructure."`
	Evidence     string `json:"evidence,omitempty" enum:"keep,coarsen,drop" doc:"coarsen: its first line, without addresses and names."`
}

// A PeerKey is an OpenPGP key that a person has verified.
type PeerKey struct {
	Fingerprint string     `json:"fingerprint"`
	ValidFrom   time.Time  `json:"valid_from"`
	ValidUntil  *time.Time `json:"valid_until" doc:"Null when it does not expire."`
	VerifiedBy  string     `json:"verified_by"`
	VerifiedHow string     `json:"verified_how"`
	AddedAt     time.Time  `json:"added_at"`
	RevokedAt   *time.Time `json:"revoked_at"`
	Usable      bool       `json:"usable" doc:"Signatures made with it count now."`
}

// A PeerCertificate opens our doors to a peer's machines.
type PeerCertificate struct {
	SHA256      string     `json:"sha256" doc:"Of the DER, in hex."`
	Subject     string     `json:"subject"`
	ValidFrom   time.Time  `json:"valid_from"`
	ValidUntil  time.Time  `json:"valid_until"`
	VerifiedBy  string     `json:"verified_by"`
	VerifiedHow string     `json:"verified_how"`
	AddedAt     time.Time  `json:"added_at"`
	RevokedAt   *time.Time `json:"revoked_at"`
	Usable      bool       `json:"usable"`
}

// A PeerAPIKey is a secret that we gave to a peer; only its hash is kept.
type PeerAPIKey struct {
	Name      string     `json:"name"`
	ExpiresAt time.Time  `json:"expires_at"`
	AddedAt   time.Time  `json:"added_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	Usable    bool       `json:"usable"`
}

// A NewPeerAPIKey asks for one.
type NewPeerAPIKey struct {
	Name    string    `json:"name" minLength:"1" maxLength:"100" doc:"What it is for; unique for the peer."`
	Expires time.Time `json:"expires" doc:"At most two years ahead."`
}

// A PeerSecret is a new API key; its secret is shown this once.
type PeerSecret struct {
	PeerID  string    `json:"peer_id"`
	Name    string    `json:"name"`
	Expires time.Time `json:"expires"`
	Secret  string    `json:"secret" doc:"Shown once, stored only as a hash."`
}

// A NewPeerKey asks to trust a key or a certificate. Another person confirms.
type NewPeerKey struct {
	OpenPGP     string `json:"openpgp,omitempty" maxLength:"262144" doc:"Armoured public key; give this or certificate."`
	Certificate string `json:"certificate,omitempty" maxLength:"65536" doc:"TLS client certificate in PEM; give this or openpgp."`
	Fingerprint string `json:"fingerprint,omitempty" maxLength:"200" doc:"As you have it from the team: must be the key's."`
	VerifiedBy  string `json:"verified_by" minLength:"1" maxLength:"200" doc:"Who compared the fingerprint."`
	VerifiedHow string `json:"verified_how" minLength:"1" maxLength:"500" example:"MoU annex B, read out by telephone"`
	Reason      string `json:"reason" minLength:"1" maxLength:"1000"`
}

// A PeerKeyRevocation asks to trust a credential no more. Another person
// confirms.
type PeerKeyRevocation struct {
	Kind        string `json:"kind" enum:"openpgp,tls"`
	Fingerprint string `json:"fingerprint" minLength:"1" maxLength:"200"`
	Reason      string `json:"reason" minLength:"1" maxLength:"1000"`
}

// A KeyChange is the wish to trust, or no more to trust, a credential.
type KeyChange struct {
	ID          string     `json:"id" example:"KEY-1"`
	PeerID      string     `json:"peer_id"`
	Kind        string     `json:"kind" enum:"openpgp,tls"`
	Act         string     `json:"act" enum:"add,revoke"`
	State       string     `json:"state" enum:"waiting,confirmed,rejected"`
	Fingerprint string     `json:"fingerprint"`
	VerifiedBy  string     `json:"verified_by"`
	VerifiedHow string     `json:"verified_how"`
	ValidUntil  *time.Time `json:"valid_until"`
	RequestedBy string     `json:"requested_by"`
	RequestedAt time.Time  `json:"requested_at"`
	Reason      string     `json:"reason"`
	ConfirmedBy string     `json:"confirmed_by"`
	ConfirmedAt *time.Time `json:"confirmed_at"`
	RejectedAt  *time.Time `json:"rejected_at"`
}

// A Source is a feed of a peer that we poll.
type Source struct {
	ID        string     `json:"id" example:"SRC-1"`
	PeerID    string     `json:"peer_id"`
	Channel   string     `json:"channel" enum:"csaf,taxii,misp"`
	URL       string     `json:"url"`
	Hosts     []string   `json:"hosts" nullable:"false" doc:"Further hosts that it may lead to."`
	User      string     `json:"user"`
	HasAPIKey bool       `json:"has_api_key" doc:"A key is kept; it is never shown."`
	HasCA     bool       `json:"has_ca" doc:"Their server is trusted by a certificate of its own."`
	Every     string     `json:"every" example:"15m0s"`
	Paused    bool       `json:"paused"`
	LastTry   *time.Time `json:"last_try"`
	LastGood  *time.Time `json:"last_good"`
	LastError string     `json:"last_error"`
	NextAt    *time.Time `json:"next_at"`
	CreatedAt time.Time  `json:"created_at"`
}

// A NewSource asks for one.
type NewSource struct {
	PeerID  string   `json:"peer_id"`
	Channel string   `json:"channel" enum:"csaf,taxii,misp"`
	URL     string   `json:"url" maxLength:"2000" doc:"The provider's metadata or domain, the TAXII collection, or the MISP feed."`
	Hosts   []string `json:"hosts,omitempty" nullable:"false" maxItems:"20" doc:"Further hosts that it may lead to; its own is always allowed."`
	APIKey  string   `json:"api_key,omitempty" maxLength:"1000" doc:"That they gave us; never shown again."`
	User    string   `json:"user,omitempty" maxLength:"200" doc:"For HTTP Basic, with the key as password."`
	CA      string   `json:"ca,omitempty" maxLength:"65536" doc:"PEM certificate to trust for their server, in place of the system's."`
	Every   string   `json:"every,omitempty" maxLength:"20" example:"15m" doc:"15m when absent."`
}
