// Package desk does with what peers send all that has to be done, from the
// poll to the answer: it has documents examined and kept, meets the accepted
// ones with the register, starts the scans that can decide, rules on each
// asset, tells the operators concerned, and answers the sender.
//
// The steps are jobs. Each can be repeated, and takes up where a dead one left.
package desk
