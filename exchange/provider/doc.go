// Package provider is our CSAF 2.0 trusted provider: what peers and the public
// find under /.well-known/csaf/. It shows released files and nothing else, to
// each caller those that it may have, at one canonical address for all:
//
//	/.well-known/security.txt
//	/.well-known/csaf/provider-metadata.json   what this caller can get, and where
//	                  service.json             the same as ROLIE service document
//	                  openpgp/FINGERPRINT.asc  our public keys
//	                  LABEL/csaf-feed-tlp-LABEL.json, category-LABEL.json
//	                  white/index.txt, changes.csv
//	                  LABEL/YEAR/              listing
//	                  LABEL/YEAR/NAME.json, .sha256, .sha512, .asc
//
// LABEL is white, green, amber or red. To strangers only white exists; the
// others answer 401, whatever is in them. Nothing is written or kept here: each
// answer is made from what the shelf holds for the caller at that moment, so a
// document, its hashes, its signature and the feeds appear together, and the
// end of an agreement ends the feed.
//
// Only white is announced as a directory, and to strangers alone. A peer is
// told of feeds and of no directory: readers who find both miss in the
// directory whatever else the feeds have. To a peer index.txt and changes.csv
// of all its labels stand beside the metadata, announced to nobody:
// csaf_checker looks there when it is told of no directory, and faults a
// provider where they are not.
package provider
