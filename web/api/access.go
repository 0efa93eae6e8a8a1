package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
)

// Who may do what, in groups. An administrator may do everything. Those of an
// organisation's own people (operator, operator_admin) act on what is theirs,
// and on nothing else: bound.go says how.
var (
	anybody   = auth.Roles()
	readers   = []auth.Role{auth.Administrator, auth.Analyst, auth.Approver, auth.LegalOfficer, auth.Auditor}
	workers   = []auth.Role{auth.Administrator, auth.Analyst}
	stoppers  = []auth.Role{auth.Administrator, auth.Analyst, auth.Approver}
	approvers = []auth.Role{auth.Administrator, auth.Approver}
	reviewers = []auth.Role{auth.Administrator, auth.Analyst, auth.Approver, auth.LegalOfficer}
	legal     = []auth.Role{auth.Administrator, auth.LegalOfficer}
	auditors  = []auth.Role{auth.Administrator, auth.Auditor}
	admins    = []auth.Role{auth.Administrator}
	// answerers speak for an organisation: its own people, and who writes down
	// what they said on the telephone.
	answerers = []auth.Role{auth.Administrator, auth.Analyst, auth.OperatorAdmin, auth.Operator}
	// An organisation's administrator keeps its own people, and sees no others.
	inviters = []auth.Role{auth.Administrator, auth.OperatorAdmin}
	keepers  = []auth.Role{auth.Administrator, auth.Auditor, auth.OperatorAdmin}

	// ownKeepers keep a register: an organisation's administrator its own.
	ownKeepers = []auth.Role{auth.Administrator, auth.Analyst, auth.OperatorAdmin}
	talkers    = []auth.Role{auth.Administrator, auth.Analyst, auth.Approver, auth.LegalOfficer, auth.OperatorAdmin, auth.Operator}
)

// access says which roles may call an operation; one without a line is refused
// to everybody. anybody reads what is the CERT's to show: an organisation's
// people see their own organisation by it.
var access = map[string][]auth.Role{
	"get-identity": anybody,
	"get-health":   readers,
	"list-checks":  anybody,
	"import-feed":  admins,

	"list-organizations":  readers,
	"get-organization":    anybody,
	"create-organization": workers,
	"add-contact":         ownKeepers,

	"list-assets":       anybody,
	"get-asset":         anybody,
	"get-asset-history": anybody,
	"create-asset":      ownKeepers,
	"import-assets":     ownKeepers,
	"move-asset":        workers,
	"retire-asset":      ownKeepers,
	"set-asset-consent": ownKeepers,

	"get-asset-page":    anybody,
	"export-assets":     anybody,
	"edit-asset":        ownKeepers,
	"change-assets":     ownKeepers,
	"undo-assets":       ownKeepers,
	"list-discoveries":  anybody,
	"list-certificates": anybody,
	"claim-discovery":   ownKeepers,
	"reject-discovery":  ownKeepers,

	"list-imports":     ownKeepers,
	"create-import":    ownKeepers,
	"get-import":       ownKeepers,
	"list-import-rows": ownKeepers,
	"read-import":      ownKeepers,
	"apply-import":     ownKeepers,
	"undo-import":      ownKeepers,
	"drop-import":      ownKeepers,

	"list-organization-lines": readers,
	"edit-organization":       workers,
	"edit-contact":            ownKeepers,
	"remove-contact":          ownKeepers,
	"list-contact-keys":       anybody,
	"compare-organization":    anybody,
	"get-onboarding":          anybody,
	"book-first-scan":         ownKeepers,

	"list-authorizations":  anybody,
	"create-authorization": workers,
	"revoke-authorization": ownKeepers,

	"get-authorization":      anybody,
	"draft-authorization":    ownKeepers,
	"edit-authorization":     ownKeepers,
	"attach-letter":          ownKeepers,
	"get-letter":             anybody,
	"check-proof":            ownKeepers,
	"submit-authorization":   ownKeepers,
	"activate-authorization": workers, // and never by who handed it in
	"return-authorization":   workers,
	"suspend-authorization":  ownKeepers, // anyone concerned may stop it
	"resume-authorization":   workers,

	"list-exclusions":              readers,
	"list-organization-exclusions": anybody,
	"create-exclusion":             workers,
	"end-exclusion":                workers,

	"list-schedules":  anybody,
	"get-schedule":    anybody,
	"create-schedule": ownKeepers,
	"pause-schedule":  ownKeepers,
	"resume-schedule": ownKeepers,
	"run-schedule":    workers,

	"list-notices":         anybody, // their own
	"get-notice":           anybody,
	"confirm-notice":       answerers,
	"resend-notice":        workers,
	"read-bounce":          admins,
	"preview-letter":       readers,
	"get-mail-state":       readers,
	"list-mail-contacts":   anybody,
	"update-mail-contact":  workers,
	"send-test-mail":       ownKeepers,
	"confirm-mail-contact": answerers,

	"list-scans":  anybody,
	"get-scan":    anybody,
	"start-scan":  ownKeepers,
	"cancel-scan": ownKeepers,
	"pause-scan":  workers,
	"resume-scan": workers,

	"list-scan-tasks":  anybody,
	"list-scan-hosts":  anybody,
	"list-scan-skips":  anybody,
	"get-scan-changes": anybody,
	"get-calendar":     anybody,

	"get-scanning":   readers,
	"stop-scanning":  stoppers, // anyone who acts may stop; starting again is for few
	"allow-scanning": admins,

	"list-findings":     anybody, // an organisation's people see their own
	"count-findings":    anybody,
	"search":            anybody, // finds what they may see
	"list-recent":       anybody, // their own
	"note-opened":       anybody,
	"look-up-addresses": readers,
	"get-diff":          anybody, // likewise
	"export-diff":       anybody,
	"get-overview":      anybody, // one's own organisation, for its people

	"get-finding":        anybody,
	"set-finding-waiver": workers,
	"set-finding-work":   workers,
	"get-evidence":       anybody,
	"get-weekly-report":  readers, // made of what the exchange knows too; theirs is the edition that was sent

	"act-on-findings":         workers,
	"undo-act":                workers,
	"list-colleagues":         workers,
	"rescan-findings":         workers,
	"count-handled":           workers,
	"export-findings":         anybody,
	"list-finding-views":      anybody,
	"save-finding-view":       anybody,
	"delete-finding-view":     anybody,
	"answer-finding":          answerers,
	"list-finding-comments":   anybody,
	"draft-notice":            workers,
	"add-finding-comment":     talkers,
	"rescan-finding":          answerers,
	"get-rescan":              anybody,
	"get-finding-evidence":    anybody,
	"list-finding-advisories": readers,
	"list-disputes":           anybody,
	"get-dispute":             anybody,
	"say-in-dispute":          answerers,
	"rule-dispute":            workers,

	"list-report-runs":    readers,
	"start-report-run":    workers,
	"get-report-run":      readers,
	"list-reports":        anybody, // bound people see their own that were sent
	"get-report":          anybody,
	"get-report-file":     anybody,
	"decide-reports":      stoppers,
	"note-report":         workers,
	"revise-report":       workers,
	"resend-report":       stoppers,
	"acknowledge-report":  answerers,
	"list-report-scope":   anybody,
	"answer-report-scope": answerers,
	"verify-report":       anybody, // and who has no identity at all

	"list-advisories":  readers,
	"get-advisory":     readers,
	"draft-advisory":   workers,
	"approve-advisory": approvers,
	"export-advisory":  readers,

	"create-advisory":         workers,
	"edit-advisory":           workers,
	"submit-advisory":         workers,
	"return-advisory":         stoppers,
	"approve-advisory-legal":  legal,
	"revise-advisory":         workers,
	"finish-advisory":         workers,
	"permit-origin":           approvers,
	"withdraw-advisory":       workers,
	"publish-advisory":        stoppers, // what another person approved
	"list-bulletins":          anybody,  // an organisation's people what is for them
	"get-bulletin":            anybody,
	"supersede-advisory":      workers,
	"list-advisory-revisions": readers,
	"diff-advisory":           readers, // names those affected
	"get-advisory-affected":   readers, // likewise
	"list-advisory-feedback":  readers,
	"list-comments":           readers,
	"add-comment":             reviewers,
	"resolve-comment":         reviewers,

	"list-peers":             readers,
	"create-peer":            workers,
	"list-peer-examples":     readers,
	"get-peer":               readers,
	"update-peer":            workers,
	"confirm-peer":           approvers,
	"request-peer-key":       workers,
	"request-key-revocation": workers,
	"list-key-changes":       readers,
	"confirm-key-change":     approvers,
	"reject-key-change":      stoppers,
	"create-peer-api-key":    approvers,
	"revoke-peer-api-key":    stoppers,
	"list-sources":           readers,
	"create-source":          workers,
	"pause-source":           workers,
	"resume-source":          workers,
	"poll-source":            workers,

	"list-agreements":        readers,
	"create-agreement":       workers,
	"get-agreement-template": readers,
	"get-agreement":          readers,
	"update-agreement":       workers,
	"get-agreement-file":     readers,
	"get-agreement-document": readers,
	"sign-agreement":         approvers,
	"suspend-agreement":      stoppers,
	"resume-agreement":       approvers,
	"terminate-agreement":    approvers,
	"renew-agreement":        approvers,
	"add-meeting":            workers,
	"get-committee-report":   readers,

	"list-releases":             readers,
	"request-release":           workers,
	"preview-release":           readers,
	"get-release":               readers,
	"preview-requested-release": readers,
	"get-release-file":          readers,
	"approve-release":           approvers,
	"approve-release-legal":     legal,
	"refuse-release":            reviewers,

	"list-inbox":           readers,
	"import-inbound":       workers,
	"get-inbound":          readers,
	"get-inbound-raw":      readers,
	"accept-inbound":       stoppers,
	"reject-inbound":       stoppers,
	"draft-from-inbound":   workers,
	"list-inbound-matches": readers,
	"list-matches":         readers,
	"list-answers":         readers,
	"preview-answer":       readers,
	"send-answer":          workers,
	"write-bundle":         workers,
	"read-bundle":          workers,

	"get-ledger":      readers,
	"get-plan-report": readers,
	"list-reminders":  readers,

	"list-accounts":           keepers,
	"get-account":             keepers,
	"disable-account":         inviters,
	"enable-account":          inviters,
	"reset-account":           inviters, // of one's own account never
	"set-account-role":        admins,
	"list-account-sessions":   admins,
	"revoke-account-session":  admins,
	"revoke-account-sessions": admins,
	"list-invitations":        keepers,
	"create-invitation":       inviters,
	"create-first-invitation": admins,
	"revoke-invitation":       inviters,

	"list-backups":  auditors,
	"record-backup": admins,
	"list-settings": auditors,

	"create-token": admins,
	"revoke-token": admins,
	"list-audit":   auditors,
	"export-audit": auditors,
	"feed-audit":   auditors,
	"verify-audit": auditors,
}

// May tells whether a role may call an operation.
func May(operation string, role auth.Role) bool { return slices.Contains(access[operation], role) }

// authorize refuses a caller whose role the operation does not name, before
// the body is read.
func (s *server) authorize(ctx huma.Context, next func(huma.Context)) {
	who, _ := auth.FromContext(ctx.Context())
	roles := access[ctx.Operation().OperationID]
	op := ctx.Operation()
	may := May(op.OperationID, who.Role) || op.Security != nil && len(op.Security) == 0 // marked as public
	if may && (!who.ReadOnly || op.Method == http.MethodGet) {
		next(ctx)
		return
	}
	err := fmt.Errorf("%w: role %s may not do this", inventory.ErrForbidden, who.Role)
	p := newProblem(err, "", requestID(ctx.Context()))
	p.Detail = fmt.Sprintf("user %s with role %s may not do this", who.User, who.Role)
	p.Hint = "ask for one of these roles: " + roleWords(roles)
	if may {
		p.Detail = "this token of " + who.User + " is for reading only"
		p.Hint = "use a token with the scope write"
	}
	ctx.SetHeader("Content-Type", problemType)
	ctx.SetStatus(p.Status)
	_ = s.api.Marshal(ctx.BodyWriter(), "application/json", p) // the client has gone
}

func roleWords(roles []auth.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}
