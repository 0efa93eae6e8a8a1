package wire

import "time"

// An Agreement is the right to share with a peer.
type Agreement struct {
	ID          string    `json:"id" example:"AGR-1"`
	PeerID      string    `json:"peer_id"`
	Reference   string    `json:"reference" example:"MoU 2022/17"`
	Title       string    `json:"title"`
	State       string    `json:"state" enum:"draft,signed,active,suspended,expired,terminated" doc:"As of now: only an active one lets anything out."`
	Ours        Party     `json:"ours"`
	Theirs      Party     `json:"theirs"`
	EffectiveAt time.Time `json:"effective_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	AutoRenew   bool      `json:"auto_renew"`
	NoticeDays  int       `json:"notice_days"`
	// NoticeBy is counted back from the end.
	NoticeBy    time.Time      `json:"notice_by" doc:"Until when either side may say that it does not go on."`
	ReviewAt    *time.Time     `json:"review_at"`
	Reciprocity string         `json:"reciprocity"`
	Give        Terms          `json:"give" doc:"What we may send."`
	Take        Terms          `json:"take" doc:"What they may send."`
	Committee   []Member       `json:"committee" nullable:"false"`
	Meetings    []Meeting      `json:"meetings" nullable:"false"`
	Themes      []string       `json:"themes" nullable:"false"`
	SignedAt    *time.Time     `json:"signed_at"`
	Document    *AgreementText `json:"document,omitempty" doc:"The signed text, by its hash; absent for a draft."`
	EndedBy     string         `json:"ended_by" doc:"Who suspended or terminated it."`
	EndedWhy    string         `json:"ended_why"`
	EndedAt     *time.Time     `json:"ended_at"`
	CreatedAt   time.Time      `json:"created_at"`
	Version     string         `json:"version" doc:"Of what is agreed: give it back with other terms."`
}

// An AgreementText is a signed text, by its hash.
type AgreementText struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// A NewAgreement is the draft of one as people write it down. Days may be
// written like 2026-04-08.
type NewAgreement struct {
	Team        string    `json:"team" example:"TEAM-3"`
	Reference   string    `json:"reference"`
	Title       string    `json:"title,omitempty"`
	Ours        Party     `json:"ours,omitzero"`
	Theirs      Party     `json:"theirs,omitzero"`
	EffectiveAt string    `json:"effective_at" example:"2026-04-08"`
	ExpiresAt   string    `json:"expires_at,omitempty" doc:"Five years after it takes effect when absent."`
	AutoRenew   bool      `json:"auto_renew,omitempty"`
	NoticeDays  int       `json:"notice_days,omitempty"`
	ReviewAt    string    `json:"review_at,omitempty"`
	Reciprocity string    `json:"reciprocity,omitempty"`
	Give        Terms     `json:"give,omitzero"`
	Take        Terms     `json:"take,omitzero"`
	Committee   []Member  `json:"committee,omitempty"`
	Meetings    []Meeting `json:"meetings,omitempty"`
	Themes      []string  `json:"themes,omitempty" doc:"information_exchange, cybercrime, cii_protection, incident_response, cyber_norms."`
}

// A Party is one side of an agreement.
type Party struct {
	Authority   string   `json:"authority,omitempty" doc:"Who signs."`
	CERT        string   `json:"cert,omitempty" doc:"Who acts."`
	LegalBasis  string   `json:"legal_basis,omitempty"`
	Constraints []string `json:"constraints,omitempty" doc:"Data protection, evidence, disclosure."`
}

// Terms are what may pass in one direction.
type Terms struct {
	Categories  []string `json:"categories,omitempty" doc:"vulnerability, exposure, indicators, incident, statistics."`
	Ceiling     string   `json:"ceiling,omitempty" doc:"TLP label up to which: clear, green, amber, amber+strict, red."`
	Sectors     []string `json:"sectors,omitempty" doc:"None listed means all."`
	DefaultTLP  string   `json:"default_tlp,omitempty" doc:"Of what carries no label."`
	IEP         IEP      `json:"iep,omitzero"`
	Onward      string   `json:"onward,omitempty" doc:"none, constituents, with_consent or free."`
	Victims     string   `json:"victims,omitempty" doc:"never or own."`
	RetainDays  int      `json:"retain_days,omitempty" doc:"0: no limit."`
	AckHours    int      `json:"ack_hours,omitempty" doc:"0: none agreed."`
	AnswerHours int      `json:"answer_hours,omitempty" doc:"0: none agreed."`
	Channels    []string `json:"channels,omitempty" doc:"csaf, taxii, misp, push, mail, bundle; the preferred first."`
	AutoAccept  bool     `json:"auto_accept,omitempty" doc:"What is received, signed and in order needs no person."`
	ReferralOK  bool     `json:"referral_ok,omitempty" doc:"Cybercrime matter may go to the law-enforcement contact."`
}

// IEP is the FIRST Information Exchange Policy 2.0 of what passes.
type IEP struct {
	TLP                string `json:"tlp,omitempty"`
	EncryptInTransit   string `json:"encrypt_in_transit,omitempty"`
	PermittedActions   string `json:"permitted_actions,omitempty"`
	AffectedParties    string `json:"affected_party_notifications,omitempty"`
	Attribution        string `json:"attribution,omitempty"`
	UnmodifiedResale   string `json:"unmodified_resale,omitempty"`
	ExternalReferences string `json:"external_references,omitempty"`
}

// A Member sits on an agreement's joint committee.
type Member struct {
	Side  string `json:"side" doc:"ours or theirs."`
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	Email string `json:"email,omitempty"`
}

// A Meeting of the joint committee.
type Meeting struct {
	At      time.Time `json:"at"`
	Place   string    `json:"place,omitempty" maxLength:"200"`
	Minutes string    `json:"minutes" minLength:"1" maxLength:"20000" doc:"What was decided."`
}

// A Signature brings a draft into force.
type Signature struct {
	SignedAt *time.Time  `json:"signed_at,omitempty" doc:"Now when absent."`
	Document NewDocument `json:"document" doc:"The signed text."`
}

// A Renewal lets an agreement hold for longer.
type Renewal struct {
	Until *time.Time `json:"until,omitempty" doc:"Five years after its present end when absent."`
}

// A Reminder is something that a person should see to before a day.
type Reminder struct {
	Kind   string    `json:"kind" enum:"agreement_expires,agreement_review,key_expires,certificate_expires,api_key_expires,our_key_expires,interim_advisory,acknowledgement_overdue,source_silent"`
	PeerID string    `json:"peer_id" doc:"Empty for our own."`
	Object string    `json:"object"`
	Due    time.Time `json:"due"`
	Urgent bool      `json:"urgent" doc:"Within 30 days, or past."`
	What   string    `json:"what"`
}
