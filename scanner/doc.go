// Package scanner turns "look at these assets" into bounded tasks and says
// what an engine is. It decides what to touch; the engines below it touch.
//
//	scan ──Plan──► tasks ──queue──► worker ──► nmap ──live services──► nuclei
//	                                  │
//	                                  └──► observations and coverage
//
// A task is:
//
//	queued ──claim──► running ──► complete | partial | unreachable | blocked | failed
//	   ▲                 │
//	   └── lease lost ───┘
//
// Whoever holds a task's lease is the only one who may finish it, and while it
// is held no other task touches any of its addresses.
package scanner
