// Package csaf writes an advisory as a CSAF 2.0 document (OASIS Standard,
// ISO/IEC 20153), the form that CERTs and their tools read.
//
// An exposure without a CVE becomes a csaf_informational_advisory, because
// CSAF forbids vulnerabilities in it; one with CVEs a csaf_security_advisory;
// a withdrawn one a csaf_base that gives the reason. The same advisory gives
// the same bytes. The keys of every object are in alphabetical order: the
// structs declare their fields so, and nothing empty is written.
package csaf
