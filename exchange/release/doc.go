// Package release makes what one audience gets of an advisory: redacted,
// judged by the gate, written in every format, checked, signed and searched
// for what should not be in it.
//
//	advisory ─► stamp with the instant ─► Redact ─► Gate ─► write ─► check ─► search ─► sign
//
// Preview does all of it but the release: people see the very bytes, the
// difference to the original, and what is still missing. Decide does the same
// within the store's transaction, for the instant that will stand in the
// documents. There is no other way to make released bytes.
package release
