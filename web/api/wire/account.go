package wire

import "time"

// An Account is a person who signs in.
type Account struct {
	ID         string     `json:"id" example:"ACC-7"`
	Name       string     `json:"name" doc:"As the audit log has it."`
	Role       string     `json:"role" enum:"administrator,analyst,approver,legal_officer,auditor,operator_admin,operator"`
	OrgID      string     `json:"org_id" doc:"Whose people it is of; empty for the CERT's own."`
	State      string     `json:"state" enum:"enabled,disabled"`
	Provider   string     `json:"provider" doc:"The OpenID provider that vouches for it; empty for an account with a password."`
	CreatedAt  time.Time  `json:"created_at"`
	DisabledAt *time.Time `json:"disabled_at"`
}

// A Colleague is somebody of the CERT.
type Colleague struct {
	Name string `json:"name"`
	Role string `json:"role" enum:"administrator,analyst,approver,legal_officer,auditor"`
}

// A RoleChange gives an account another role.
type RoleChange struct {
	Role  string `json:"role" enum:"administrator,analyst,approver,legal_officer,auditor,operator_admin,operator"`
	OrgID string `json:"org_id,omitempty" maxLength:"100" doc:"For operator_admin and operator, and nobody else."`
}

// A NewInvitation asks for a link by which one person makes an account.
type NewInvitation struct {
	Role  string `json:"role" enum:"administrator,analyst,approver,legal_officer,auditor,operator_admin,operator"`
	OrgID string `json:"org_id,omitempty" maxLength:"100" doc:"For operator_admin and operator, and nobody else; an operator's administrator need not say it."`
}

// An Invitation lets one person make an account.
type Invitation struct {
	ID        string    `json:"id" example:"INV-3"`
	Role      string    `json:"role" enum:"administrator,analyst,approver,legal_officer,auditor,operator_admin,operator"`
	OrgID     string    `json:"org_id"`
	State     string    `json:"state" enum:"open,accepted,revoked,expired"`
	InvitedBy string    `json:"invited_by" person:"true"`
	CreatedAt time.Time `json:"created_at"`
	Until     time.Time `json:"until" doc:"Until then the link works, once."`
	AccountID string    `json:"account_id" doc:"Who came of it."`
	Renews    string    `json:"renews" doc:"The account whose password and second factor it sets anew; empty when it makes one."`
}

// An AccountReset is the link by which somebody signs in anew.
type AccountReset struct {
	InvitationLink
	Told bool `json:"told" doc:"A mail to the holder, whose name is an address, is on its way."`
}

// An InvitationLink is a new invitation with its link, which is shown this once.
type InvitationLink struct {
	Invitation
	URL string `json:"url" doc:"To be given to that person and nobody else. Shown once, stored only as a hash."`
}

// A Session is a browser in which somebody is signed in.
type Session struct {
	ID        string    `json:"id" example:"SES-12"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at" doc:"Last use, to the minute."`
	EndsAt    time.Time `json:"ends_at" doc:"If nobody uses it again."`
	Source    string    `json:"source" doc:"The address from which it was begun; empty on this machine."`
	Agent     string    `json:"agent" doc:"The browser, as it calls itself."`
}
