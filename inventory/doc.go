// Package inventory is the domain: who owns what, who allowed which scan, what
// was seen, and what therefore is open, fixed or unknown. It is pure: values
// go in, values come out, time is an argument, nothing is read or written.
//
// A finding's detection moves like this, and by nothing else:
//
//	          seen                       covered and absent, twice
//	(none) ────────► open ─────────────────────────────────────────► fixed
//	                  ▲                                                │
//	                  └── back_again ◄──── seen again within 90 days ────┘
//
// Not looking is not seeing: a host that is down, filtered, timed out or
// blocked leaves the finding as it was and is told as "not tested".
package inventory
