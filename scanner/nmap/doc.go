// Package nmap looks for hosts, ports and services with the nmap program.
//
// One Scan calls nmap several times, each time with the addresses themselves
// and never a name, and keeps what every call gave, whatever becomes of the
// next:
//
//	discovery ──up──► ports (TCP, in slices; UDP) ──open──► services, safe scripts
//	    │
//	    └──no answer──► unreachable
//
// How hosts share a call depends on what the operator allowed. A standard look
// takes all of a batch's hosts at once, at the batch's rate. A light one gives
// every host an nmap of its own that keeps one connection open at a time. A
// serial one, for machines that move things, takes one host after the other,
// one port after the other, connects, closes, and asks nothing.
//
// Coverage is what nmap said of each port that it was asked about: "open" and
// "closed" are answers, everything else counts as filtered, and a port of
// which nmap said nothing, because it was killed or gave a host up, was not
// asked.
//
// nmap runs in a process group of its own, ends with its context, and dies
// with the process that started it.
package nmap
