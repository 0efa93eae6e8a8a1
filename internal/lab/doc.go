// Package lab is a small country to scan: the services of two made-up
// operators on documentation addresses, with the truth about them in one
// table. The table starts the servers, writes the operators' asset lists and
// judges what a scan brought back, so the three cannot disagree.
//
//	truth ──► servers (serve, fakes, daemons), in a network namespace (netns)
//	  ├─────► asset lists, authorisations (Assets, WriteCSV)
//	  └─────► Compare(truth, findings) ──► nothing, or differences
//
// labd runs the lab, demo the whole main job on it, bench the measurements, and
// cycle the tests of a whole installation beside it.
//
// To add a host: give it a free address and a line in hosts_*.go, with what
// must be found on it. To add a kind of service: see fakes/kinds.go (written
// for the lab) or daemons (a real server from a Debian package).
package lab
