// Package taxii is our TAXII 2.1 door, at which peers read STIX objects and
// leave their answers, and the client that reads and writes at theirs.
//
//	/taxii2/                                        discovery
//	/taxii2/exchange/                               the API root
//	/taxii2/exchange/status/{id}/                   what became of a post
//	/taxii2/exchange/collections/                   those that the caller may use
//	/taxii2/exchange/collections/{id}/              one of them
//	    objects/  objects/{id}/  objects/{id}/versions/  manifest/
//
// A peer sees the collections that are its own, and nothing else: what it may
// not know of answers 404. Pages follow the moment at which an object came into
// the collection, which no two objects share, so that whoever comes back with
// the last moment seen gets each object once.
package taxii
