// Package mispfeed is our MISP feed, and the reader of those of peers.
//
//	/misp/manifest.json      what this caller can get: one entry for each event
//	      manifest.json.asc  its signature, where events are signed
//	      UUID.json          an event, as it was released
//	      hashes.csv         digests of all values in these events
//
// A feed is a directory that MISP reads with the key that its owner entered.
// Ours is made for each caller at that moment from what the shelf holds for
// it; strangers see what is public, and where nothing is, that they must come
// with credentials. MISP fetches an event again when its timestamp in the
// manifest has grown, and the manifest itself when its ETag has changed.
package mispfeed
