// Package stix writes advisories as STIX 2.1 objects, and reads those of
// others; the same for answers, which say what came of an advisory.
//
// One advisory is a report that holds a vulnerability for each CVE, the
// software that it was seen on, what to do about it, notes, and a sighting
// that counts. Every object carries its TLP 2.0 marking, because a reader of a
// TAXII collection sees objects one by one.
//
// The same object has the same id in every release: a new revision is a newer
// "modified", a withdrawal is "revoked".
//
// The structs are our own. They hold the parts of STIX that we write; reading
// is tolerant, and takes nothing that a document says of its sender as proof.
package stix
