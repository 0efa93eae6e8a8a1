// Package semantic judges a CSAF 2.0 document by the mandatory tests of its
// standard, those that a schema cannot say: 6.1.1 to 6.1.33.
// https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html#61-mandatory-tests
//
// The tests are one table in check.go. Each reads the document, trusts
// nothing of it, and takes time in proportion to it; where groups of products
// could make that more, the steps are counted and end at a limit.
//
// A test that finds its part of the document absent or malformed is silent:
// the schema tells of that, and has to be asked as well.
//
// The names of weaknesses (6.1.11) are those of MITRE's Common Weakness
// Enumeration in cwe.tsv, in any of its versions, because a document keeps
// the names of its day. CWE is free to use; it is a trademark of The MITRE
// Corporation. https://cwe.mitre.org/about/termsofuse.html
package semantic
