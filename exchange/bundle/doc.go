// Package bundle packs what goes to a peer into one signed and encrypted file
// that somebody carries, for links that fail for days, and reads what the peer
// packed. Bundles in both directions are enough for the whole loop: releases
// and withdrawals go one way, receipts and answers come back.
//
//	OpenPGP(signed, encrypted to the receiver's key)
//	└─ tar
//	   ├─ manifest.json        from, to, number, entries with their hashes
//	   ├─ 000001/adv-3.json
//	   └─ 000002/adv-3.stix.json
//
// The file is what gpg --decrypt and tar open, too. Its number counts from 1
// per receiver. A bundle can be used whatever came before it: a number seen
// twice is a replay, to be ignored, and a gap is reported, so that the missing
// ones can be asked for.
package bundle
