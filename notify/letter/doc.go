// Package letter puts notices into words, in the reader's language.
//
// The first lines say what to do; then one item for each problem, with its
// places, why it matters and what to do. There are no addresses to click but
// those of the portal, no pictures, and nothing that comes from elsewhere. What
// scanned hosts and people wrote is cleaned, and stays on its line.
//
// Who has no key gets a letter that only says where to sign in: Link.
package letter
