// Package advisory is an advisory as people write, review and approve it,
// before any exchange format.
//
//	          ┌───────── Return ─────────┐
//	          ▼                          │
//	New ──► draft ──► in_review ──► approved ──► released ──► withdrawn
//	          ▲                                     │
//	          └──────────────── Revise ─────────────┘
//
// Who wrote any of a revision never approves it, and one that NeedsLegal goes
// out only when a legal officer has agreed as well. What was released never
// changes: a correction, a withdrawal and a supersession are new revisions.
// The label is never more open than that of what the advisory rests on.
//
// Everything here is pure: a function takes an advisory and returns the next
// one, and leaves the first as it was.
package advisory
