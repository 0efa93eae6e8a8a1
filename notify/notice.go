package notify

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// ID names a notice ("N-12"). People read it out to ask whether it is ours.
type ID string

// Kind is why somebody is told.
type Kind string

// Kinds. Those of items and those of notices are the same words; a notice that
// gathers several kinds of items is a digest.
const (
	Weekly         Kind = "weekly"            // the week's report or digest, also when nothing is new
	Alert          Kind = "alert"             // on the same day
	Reminder       Kind = "reminder"          // of what is still there
	WaiverEnds     Kind = "waiver_ending"     // an exception is about to end
	PermissionEnds Kind = "permission_ending" // a permission to scan is about to end
	Unconfirmed    Kind = "unconfirmed"       // the first contact has not confirmed a report
	Advisory       Kind = "advisory"          // an advisory on what they have, or its withdrawal
	Digest         Kind = "digest"            // a day's reminders and endings in one mail
	Verify         Kind = "verify"            // does this address reach this person?
)

// Kinds lists them in the order of lists and filters.
func Kinds() []Kind {
	return []Kind{Weekly, Alert, Digest, Reminder, WaiverEnds, PermissionEnds, Unconfirmed, Advisory, Verify}
}

// List is the mailing list, so to say, to which a kind belongs: mail programs
// sort by it.
func (k Kind) List() string {
	switch k {
	case Alert:
		return "alerts"
	case Verify, Unconfirmed:
		return "desk"
	case Advisory:
		return "advisories"
	default: // with the week's
	}
	return "weekly"
}

// State is what became of a notice.
type State string

// States.
const (
	Queued    State = "queued"
	SentOff   State = "sent"      // a mail server took it
	Failed    State = "failed"    // refused for good, or given up
	Bounced   State = "bounced"   // taken, and returned
	DryRun    State = "dry_run"   // would have been sent
	Cancelled State = "cancelled" // its contact or organisation is gone
)

// States lists them in the order of lists and filters.
func States() []State { return []State{Queued, SentOff, Failed, Bounced, DryRun, Cancelled} }

// Protection is how a notice was kept from others' eyes.
type Protection string

// Protections.
const (
	NotYet   Protection = ""      // it was not written yet
	Plain    Protection = "plain" // it may be read by anybody
	LinkOnly Protection = "link"  // it says only where to sign in
	OpenPGP  Protection = "pgp"
	SMIME    Protection = "smime"
)

// An Item is one thing to tell one contact.
type Item struct {
	Org     inventory.OrganizationID
	Contact inventory.ContactID
	Kind    Kind
	Object  string    // F-12, AUTH-3, 2026-W47, N-12, ADV-3
	Stage   string    // which telling of it: "new", "kev", "overdue-2", "7@2026-12-01"
	Due     time.Time // not before
}

// A Notice is one mail to one contact.
type Notice struct {
	ID          ID
	Org         inventory.OrganizationID
	Contact     inventory.ContactID
	Role        inventory.ContactRole
	To          string // the address when it was made; it is sent there
	Kind        Kind
	Language    string
	Bilingual   bool // English below
	Letter      Letter
	State       State
	Protection  Protection
	MessageID   string // without brackets
	Thread      string // Message-ID of the thread's first, or ""
	Token       string // proves that a bounce or a code is an answer to it
	Attempts    int
	NextAt      time.Time
	LastError   string
	CreatedAt   time.Time
	SentAt      *time.Time
	BouncedAt   *time.Time
	ConfirmedAt *time.Time // somebody of the organisation has read it
	ConfirmedBy string
	ResendOf    ID
}

// An Addressee is a contact as the planner sees it.
type Addressee struct {
	ID        inventory.ContactID
	Org       inventory.OrganizationID
	OrgName   string
	Role      inventory.ContactRole
	Name      string
	Email     string
	Zone      *time.Location // whose quiet hours count
	Language  string
	Bilingual bool
	OpenPGP   string // armoured public key, or ""
	SMIME     string // certificate as PEM, or ""
	Second    bool   // is told when the first does not answer
	NoWeekly  bool   // does not want the weekly mail
	NoAlerts  bool   // does not want to be told the same day
	Problem   Problem
}

// Problem is what is wrong with a contact's mail, for analysts to see to.
type Problem string

// Problems.
const (
	NoProblem  Problem = ""
	Returned   Problem = "bounced"     // mail to it comes back: nothing is sent there
	KeyExpired Problem = "key_expired" // it gets links only
	KeyBroken  Problem = "key_broken"  // likewise
)

// A Filter selects notices; zero fields select everything.
type Filter struct {
	Org     inventory.OrganizationID
	Contact inventory.ContactID
	State   State
	Kind    Kind
	Object  string    // that tell of this finding, authorisation or week
	From    time.Time // written since then
}

// An Outbox is what this installation's notices have in common.
type Outbox struct {
	Domain string // of their Message-IDs
	DryRun bool   // write them and send none
}

// A ContactState is what is known of a contact's mail.
type ContactState struct {
	Contact    inventory.ContactID
	Org        inventory.OrganizationID
	OrgName    string
	Role       inventory.ContactRole
	Name       string
	Email      string
	Bilingual  bool
	Problem    Problem
	ProblemAt  *time.Time
	Detail     string
	VerifiedAt *time.Time // of the address as it is now
}
