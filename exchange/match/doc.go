// Package match tells which of our assets a received document concerns, which
// checks can decide whether it is true there, and what came of them.
//
// It works both ways and a step at a time: an Index of documents meets a new
// service, and Services, an index of what runs, meet a new document. Both
// compare only what shares a name (a product's, a CVE, a check), and each
// distinct piece of software once, however many machines run it.
//
// A comparison never claims more than it knows: names without a maker, versions
// without all their parts and versions of Linux distributions, which repair
// without changing the maker's number, match, but prove nothing by themselves.
package match
