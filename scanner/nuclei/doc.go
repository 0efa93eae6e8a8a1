// Package nuclei runs approved nuclei templates against services that nmap saw
// alive. nuclei itself is linked only by the package child below, and runs in
// a process of its own: its packages keep global state, grow, and end the
// process when they like.
//
//	Scan ─► plan: which template on which URL, host:port or name
//	          │
//	          ▼            lines of JSON (internal/wire)
//	        attempt ◄──────────────────────────────► child process
//	          │  kills a child that hangs, grows,       one nuclei engine for each
//	          │  talks nonsense or outlives its ctx     address, which can dial
//	          ▼                                         nothing but that address
//	        ledger: what ran, what did not and why, what matched
//
// A template on one input is a pair. The child says when it starts a pair and
// how it ended, so a child's death costs no more than the pairs it had open:
// the others are run by the next child, and those after them. A pair that no
// child brought to an end is missed, never "not found".
//
// A child is kept warm between batches and replaced after a number of jobs, an
// age, or when it has grown.
package nuclei
