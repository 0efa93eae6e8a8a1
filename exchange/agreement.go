package exchange

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// AgreementID names an agreement for life ("AGR-1").
type AgreementID string

// An Agreement is the right to share: a memorandum between two CERTs, what may
// pass in either direction, and until when.
type Agreement struct {
	ID          AgreementID
	Team        TeamID
	Reference   string // "MoU 2022/17"
	Title       string
	Ours        Party
	Theirs      Party
	State       AgreementState // as stored; StateAt says what holds
	SignedAt    *time.Time
	EffectiveAt time.Time
	ExpiresAt   time.Time
	AutoRenew   bool
	NoticeDays  int       // before expiry, in which either side may say no
	ReviewAt    time.Time // zero: none planned
	// DocumentSHA256 is the hash of the signed text, which is kept.
	DocumentName, DocumentSHA256 string
	Reciprocity                  string // the parties' words on it
	Give                         Terms  // what we may send
	Take                         Terms  // what they may send
	Committee                    []Member
	Meetings                     []Meeting
	Themes                       []Theme // of the action plan that it serves
	// Suspension or termination: who, when, why.
	EndedBy, EndedWhy string
	EndedAt           *time.Time
	CreatedAt         time.Time
}

// A Party is one side of an agreement.
type Party struct {
	Authority   string   `json:"authority"`   // who signed
	CERT        string   `json:"cert"`        // who acts
	LegalBasis  string   `json:"legal_basis"` // the law it rests on
	Constraints []string `json:"constraints"` // data protection, evidence, disclosure
}

// AgreementState is where an agreement stands.
type AgreementState string

// Agreement states. Only an active one lets anything out.
const (
	AgreementDraft      AgreementState = "draft"
	AgreementSigned     AgreementState = "signed" // not yet in effect
	AgreementActive     AgreementState = "active"
	AgreementSuspended  AgreementState = "suspended"
	AgreementExpired    AgreementState = "expired"
	AgreementTerminated AgreementState = "terminated"
)

// StateAt is the state that holds at a moment: a signed agreement becomes
// active and expires by the clock, whatever jobs ran.
func (a Agreement) StateAt(at time.Time) AgreementState {
	switch {
	case a.State != AgreementSigned && a.State != AgreementActive:
		return a.State
	case at.Before(a.EffectiveAt):
		return AgreementSigned
	case !at.Before(a.ExpiresAt):
		return AgreementExpired
	}
	return AgreementActive
}

// GoesOn tells whether what the other side sent may go on to third parties
// without asking it: where that is free by an agreement in force, up to
// TLP:GREEN. A stricter label is the sender's word on this very document, and
// keeps it from further teams until the sender consents.
func (a Agreement) GoesOn(label advisory.TLP, at time.Time) bool {
	return a.StateAt(at) == AgreementActive && a.Take.Onward == OnwardFree && (label == advisory.Clear || label == advisory.Green)
}

// Terms are what may pass in one direction.
type Terms struct {
	Categories  []advisory.Category `json:"categories"`
	Ceiling     advisory.TLP        `json:"ceiling"`
	Sectors     []inventory.Sector  `json:"sectors"`     // none listed: all
	DefaultTLP  advisory.TLP        `json:"default_tlp"` // of what carries no label
	IEP         IEP                 `json:"iep"`
	Onward      Onward              `json:"onward"` // what the receiver may do with it
	Victims     VictimRule          `json:"victims"`
	RetainDays  int                 `json:"retain_days"`  // 0: no limit
	AckHours    int                 `json:"ack_hours"`    // 0: none agreed
	AnswerHours int                 `json:"answer_hours"` // to the question who is affected; 0: none agreed
	Channels    []Channel           `json:"channels"`     // agreed ones, the preferred first
	AutoAccept  bool                `json:"auto_accept"`  // what is received, signed and in order needs no person
	ReferralOK  bool                `json:"referral_ok"`  // cybercrime matter may go to the law-enforcement contact
}

// Onward says how far a receiver may pass on what it got.
type Onward string

// Onward sharing, from the closest to the widest.
const (
	OnwardNone         Onward = "none"
	OnwardConstituents Onward = "constituents"
	OnwardConsent      Onward = "with_consent" // further, when the originator says yes to each
	OnwardFree         Onward = "free"
)

// VictimRule says whether those affected may be named.
type VictimRule string

// Victim rules. Whatever the agreement says, a victim is named only to the
// CERT of its own country, and only when it consents.
const (
	VictimsNever VictimRule = "never"
	VictimsOwn   VictimRule = "own"
)

// IEP is the FIRST Information Exchange Policy 2.0 of what passes.
type IEP struct {
	TLP                string `json:"tlp"`                          // red | amber | green | white: nothing more open; "" leaves it to the document
	EncryptInTransit   string `json:"encrypt_in_transit"`           // must | may
	PermittedActions   string `json:"permitted_actions"`            // none | contact-for-instruction | internally-visible-actions | externally-visible-indirect-actions | externally-visible-direct-actions
	AffectedParties    string `json:"affected_party_notifications"` // may | must-not
	Attribution        string `json:"attribution"`                  // may | must | must-not
	UnmodifiedResale   string `json:"unmodified_resale"`            // may | must-not
	ExternalReferences string `json:"external_references"`
}

// Channel is a way in which things pass.
type Channel string

// Channels. A pull feed is fetched by the receiver; the others we send.
const (
	ChannelCSAF   Channel = "csaf"   // pull: trusted provider
	ChannelTAXII  Channel = "taxii"  // pull: our collections
	ChannelMISP   Channel = "misp"   // pull: our feed
	ChannelPush   Channel = "push"   // TAXII objects into the peer's inbox
	ChannelMail   Channel = "mail"   // PGP/MIME
	ChannelBundle Channel = "bundle" // a file that somebody carries
)

// Pull tells whether the receiver fetches by itself.
func (c Channel) Pull() bool { return c == ChannelCSAF || c == ChannelTAXII || c == ChannelMISP }

// A Member sits on an agreement's joint committee.
type Member struct {
	Side  string `json:"side"` // ours | theirs
	Name  string `json:"name"`
	Title string `json:"title"`
	Email string `json:"email"`
}

// A Meeting of the joint committee.
type Meeting struct {
	At      time.Time `json:"at"`
	Place   string    `json:"place"`
	Minutes string    `json:"minutes"` // what was decided
}

// Theme is one of the five of the proposed regional action plan.
type Theme string

// Themes.
const (
	ThemeExchange   Theme = "information_exchange"
	ThemeCybercrime Theme = "cybercrime"
	ThemeCII        Theme = "cii_protection"
	ThemeIncident   Theme = "incident_response"
	ThemeNorms      Theme = "cyber_norms"
)
