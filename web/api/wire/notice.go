package wire

import "time"

// A Notice is one mail to one contact of an organisation.
type Notice struct {
	ID          string     `json:"id" example:"N-12"`
	OrgID       string     `json:"org_id"`
	OrgName     string     `json:"org_name"`
	ContactID   string     `json:"contact_id"`
	Role        string     `json:"role"`
	To          string     `json:"to" doc:"The address."`
	Kind        string     `json:"kind" enum:"weekly,alert,digest,reminder,waiver_ending,permission_ending,unconfirmed,advisory,verify"`
	Subject     string     `json:"subject"`
	TLP         string     `json:"tlp"`
	Week        string     `json:"week" doc:"2026-W47; empty when it is not about a week."`
	Findings    int        `json:"findings" doc:"How many it tells of."`
	Language    string     `json:"language"`
	State       string     `json:"state" enum:"queued,sent,failed,bounced,dry_run,cancelled"`
	Protection  string     `json:"protection" enum:",plain,link,pgp,smime" doc:"link: it said only where to sign in. Empty until it is sent."`
	Attempts    int        `json:"attempts"`
	NextAt      *time.Time `json:"next_at,omitempty" doc:"When it is tried next; absent when it is not."`
	LastError   string     `json:"last_error"`
	MessageID   string     `json:"message_id"`
	CreatedAt   time.Time  `json:"created_at"`
	SentAt      *time.Time `json:"sent_at"`
	BouncedAt   *time.Time `json:"bounced_at"`
	ConfirmedAt *time.Time `json:"confirmed_at" doc:"When somebody said that it was read."`
	ConfirmedBy string     `json:"confirmed_by" person:"true"`
	ResendOf    string     `json:"resend_of" doc:"The notice that this one repeats, or empty."`
}

// A NoticeDetail is a notice with its words.
type NoticeDetail struct {
	Notice
	Text string `json:"text" doc:"What it says, as plain text."`
}

// A NoticeResend says whom a notice goes to again.
type NoticeResend struct {
	ContactID string `json:"contact_id,omitempty" maxLength:"40" doc:"Another contact of the same organisation; absent: the same one."`
}

// A MailContact is a contact with what is known of its mail.
type MailContact struct {
	ID         string     `json:"id" example:"C-7"`
	OrgID      string     `json:"org_id"`
	OrgName    string     `json:"org_name"`
	Role       string     `json:"role"`
	Name       string     `json:"name"`
	Email      string     `json:"email"`
	Bilingual  bool       `json:"bilingual" doc:"Gets English below its own language."`
	Problem    string     `json:"problem" enum:",bounced,key_expired,key_broken"`
	ProblemAt  *time.Time `json:"problem_at"`
	Detail     string     `json:"detail" doc:"What was said of the problem."`
	VerifiedAt *time.Time `json:"verified_at" doc:"When a code that was mailed to this address came back."`
}

// A MailContactUpdate changes how a contact's mail is handled.
type MailContactUpdate struct {
	Bilingual bool `json:"bilingual"`
	Cleared   bool `json:"cleared,omitempty" doc:"Somebody has seen to the problem: mail goes there again."`
}

// A MailCode is what a test mail brought.
type MailCode struct {
	Code string `json:"code" minLength:"1" maxLength:"40"`
}

// A ReturnedMail is a message that came back, as the mail server received it.
type ReturnedMail struct {
	Content []byte `json:"content" doc:"The whole message, in base64."`
}

// A BounceResult is what came of it.
type BounceResult struct {
	NoticeID string `json:"notice_id" doc:"Empty when it speaks of no notice of ours."`
	OrgID    string `json:"org_id"`
	Known    bool   `json:"known" doc:"The same message was read before."`
	Hard     bool   `json:"hard" doc:"It will not arrive later either."`
	Status   string `json:"status"`
	Reason   string `json:"reason"`
}

// A LetterPreview is how a kind of mail looks.
type LetterPreview struct {
	Subject string `json:"subject"`
	Outer   string `json:"outer" doc:"What is outside when it is encrypted."`
	Text    string `json:"text"`
	HTML    string `json:"html"`
	Link    string `json:"link" doc:"What a contact without a key gets, as plain text."`

	LinkSubject string `json:"link_subject"`
}

// MailState says whether mail goes out.
type MailState struct {
	State   string `json:"state" enum:"on,off,dry_run" doc:"off: no mail server is set."`
	Waiting int    `json:"troubled" doc:"Contacts with a problem that somebody should see to."`
}
