// Package run holds the rules of the weekly run: which report is issued when,
// what state it is in, what has to be looked at before it is sent, and what its
// files are proved by.
//
//	making ─► draft ─► checked ─► approved ─► sending ─► sent ─► opened ─► acknowledged
//	   │        │          │                               └──► bounced
//	   │        └─► held ◄─┘
//	   └─► not rendered
//
// An edition is one report of one week for one reader: an operator, the CERT
// for a sector, or the nation. It is made of a snapshot that never changes. One
// with a flag stays a draft until a person has looked at it; only a checked one
// can be approved, only an approved one is sent. It is pure.
package run
