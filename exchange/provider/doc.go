// Package provider is our CSAF 2.0 trusted provider: what peers and the public
// find under /.well-known/csaf/. It shows released files and nothing else, to
// each caller those that it may have, at one canonical address for all:
//
//	/.well-known/security.txt
//	/.well-known/csaf/provider-metadata.json   what this caller can get, and where
//	                  service.json             the same as ROLIE service document
//	                  openpgp/FINGERPRINT.asc  our public keys
//	                  LABEL/csaf-feed-tlp-LABEL.json, category-LABEL.json
//	                  LABEL/index.txt, changes.csv, and listings of the folders
//	                  LABEL/YEAR/NAME.json, .sha256, .sha512, .asc
//
// LABEL is white, green, amber or red. To strangers only white exists; the
// others answer 401, whatever is in them. Nothing is written or kept here: each
// answer is made from what the shelf holds for the caller at that moment, so a
// document, its hashes, its signature and the feeds appear together, and the
// end of an agreement ends the feed.
package provider
