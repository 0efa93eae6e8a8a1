// Package csaf writes an advisory as a CSAF 2.0 document (OASIS Standard,
// ISO/IEC 20153), the form that CERTs and their tools read, and reads theirs.
//
//	vulnerability           csaf_security_advisory
//	exposure, statistics    csaf_informational_advisory, without vulnerabilities
//	indicators              csaf_informational_advisory; with CVEs csaf_base
//	incident                csaf_security_incident_response
//	withdrawn, superseded   csaf_base with the reason, without products
//
// The last two are the profiles of CSAF 2.1 in all but the category, so that
// they convert. The same advisory gives the same bytes. The keys of every
// object are in alphabetical order: the structs declare their fields so, and
// nothing empty is written.
//
// Nothing is written that is not in the advisory, and of an advisory nothing
// about people. Who is affected is printed as the advisory has it, which is
// why it has to be redacted before; rows that no redaction leaves are refused.
//
// Decode reads the documents of others, and Validate judges them by the
// schema. They take what strangers wrote: package tree sets the limits.
package csaf
