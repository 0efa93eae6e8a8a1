// Package exchange is what a national CERT shares with its peers, and by what
// right: teams, agreements, the release gate, redaction, receipts, what peers
// sent, and the ledger of it all. It is pure; the packages below it speak the
// protocols, and internal/store keeps the facts.
//
//	advisory ─► Redact ─► Gate ─► release ─► provider | taxii | mispfeed | mail | bundle
//	inbox ─► quarantine ─► accepted ─► match ─► targeted scan ─► verdicts ─► answer
package exchange
