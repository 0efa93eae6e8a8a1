// Package misp writes advisories as MISP events, and reads those of others.
//
// One advisory is one event: tags that say how far it may go and what it is, a
// vulnerability object for each CVE, the weaknesses, the products, what to do,
// a report object with the references, the place and the hash of the CSAF
// document, and an event report for people. Systems affected are in it only as
// far as the redaction for its audience left their addresses.
//
// The same thing has the same UUID in every release, because MISP replaces
// what it knows by UUID and keeps the rest. So what an earlier revision had
// and this one has no more is written as deleted; and a withdrawn advisory is
// the same event with everything in it deleted, the reason in its report and
// the tag workflow:state="rejected".
//
// The structs are our own. Numbers are strings, as MISP writes them, and both
// are read. What an event says of its sender proves nothing.
package misp
