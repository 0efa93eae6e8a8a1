// Package templates is the catalogue of scan templates: the checks that the
// nuclei engine may run, and nothing else may.
//
//	http/ tcp/ ssl/ dns/ ──lint──► pinned by SHA-256 ──approved──► engine
//	                      │              │
//	                      └── refused    └── bytes differ from the pin: refused
//
// A template reads. It never writes, logs in, guesses, exploits or loads a
// host, and it speaks to nobody but the host under test; Lint enforces as much
// of that as can be seen in the text, a reviewer sees to the rest, and
// catalogue.yaml records the reviewer's decision for exactly the bytes that
// were reviewed.
//
// Every template has fixtures in testdata: servers that must match and
// look-alikes that must not. The tests run them through the real engine.
package templates
