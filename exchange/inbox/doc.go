// Package inbox takes in what peers send: it fetches from their feeds, opens
// files and mails that people bring, and examines every document before it
// counts for anything.
//
// Examining trusts nothing that a document says of itself. Whose it is, its
// source, its credential and the keys that people pinned say; what it may be,
// the agreement says. It is pure: it looks up nothing and stores nothing.
package inbox
