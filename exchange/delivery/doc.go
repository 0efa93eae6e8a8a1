// Package delivery brings releases and answers to peers by the channels in
// which we are the ones who send: TAXII objects into the peer's inbox, and
// PGP/MIME mail. What peers fetch by themselves, the doors hand out.
//
// It is called by jobs that are tried again, later each time, until the peer
// has it: all that it sends keeps its name, so that nothing counts twice.
//
// A Notifier brings word of what peers sent to the operators whom it concerns.
package delivery
