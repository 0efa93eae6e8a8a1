package run

import (
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Delivery is the duty to tell one contact of an edition.
type Delivery struct {
	Num      int64
	Edition  EditionID
	Org      inventory.OrganizationID
	Contact  inventory.ContactID
	Name     string // of the contact, when it was sent
	Email    string
	State    DeliveryState
	Attempts int
	Problem  string // why it failed, or bounced
	How      string // "portal link", "PGP/MIME": as the sender tells

	QueuedAt       time.Time
	SentAt         *time.Time
	BouncedAt      *time.Time
	OpenedAt       *time.Time
	AcknowledgedAt *time.Time
}

// DeliveryState is how far a delivery has come.
type DeliveryState string

// States of a delivery.
const (
	DeliveryQueued       DeliveryState = "queued"
	DeliverySent         DeliveryState = "sent"
	DeliveryBounced      DeliveryState = "bounced" // their server sent it back
	DeliveryFailed       DeliveryState = "failed"  // ours could not send it
	DeliveryOpened       DeliveryState = "opened"
	DeliveryAcknowledged DeliveryState = "acknowledged"
)

// Progress is the state of an edition that was sent, by how its deliveries
// fared. One reader who opened it is enough; it has bounced when it reached
// nobody. What people opened stays opened.
func Progress(now State, all []DeliveryState) State {
	has := func(s DeliveryState) bool { return slices.Contains(all, s) }
	switch {
	case now == Acknowledged, has(DeliveryAcknowledged):
		return Acknowledged
	case now == Opened, has(DeliveryOpened):
		return Opened
	case has(DeliverySent):
		return Sent
	case has(DeliveryQueued):
		return Sending
	case len(all) > 0:
		return Bounced
	}
	return now
}

// Recipients are the contacts who are told of the weekly report: those for
// distribution, or else the technical ones, and of them the first in rank. Who
// has no mail address or does not want the weekly mail is none.
func Recipients(all []inventory.Contact) []inventory.Contact {
	for _, role := range []inventory.ContactRole{inventory.RoleDistribution, inventory.RoleTechnical} {
		for _, position := range []int{1, 2} {
			var out []inventory.Contact
			for _, c := range all {
				if c.Role == role && c.Email != "" && !c.Mutes.Digest && max(c.Position, 1) == position {
					out = append(out, c)
				}
			}
			if len(out) > 0 {
				return out
			}
		}
	}
	return nil
}

// Languages are those of the recipients, each once.
func Languages(all []inventory.Contact) []string {
	var out []string
	for _, c := range Recipients(all) {
		if !slices.Contains(out, c.Language) {
			out = append(out, c.Language)
		}
	}
	return out
}

// An Answer is what an operator says about one asset of its scope.
type Answer struct {
	Edition EditionID
	Org     inventory.OrganizationID
	Asset   inventory.AssetID
	Name    string // of the asset
	Address string
	Word    AnswerWord // "" when nobody has answered
	Comment string
	By      string
	At      *time.Time
}

// AnswerWord is yes, no or changed.
type AnswerWord string

// Answers.
const (
	AnswerYes     AnswerWord = "yes"     // it is ours, as it stands there
	AnswerNo      AnswerWord = "no"      // it is not ours
	AnswerChanged AnswerWord = "changed" // it is ours, but something is different
)

// ParseAnswer accepts the constants.
func ParseAnswer(s string) (AnswerWord, error) {
	all := []AnswerWord{AnswerYes, AnswerNo, AnswerChanged}
	if v := AnswerWord(s); slices.Contains(all, v) {
		return v, nil
	}
	return "", &inventory.InputError{Field: "answer", Value: s, Message: "unknown answer", Hint: "use one of: " + words(all)}
}
