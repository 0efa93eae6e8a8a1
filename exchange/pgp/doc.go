// Package pgp signs, verifies, encrypts and decrypts with OpenPGP, and says
// what a certificate is worth. It is the only importer of an OpenPGP library.
//
// Who made a signature is decided by pinned keys alone: certificates that a
// person verified. Keys that come with a document are never looked at. A
// signature counts when it is over exactly the given bytes, by the primary key
// or a signing subkey of a pinned certificate, with a digest that holds, and
// when key and pin were valid both when it was made and when it is checked.
//
// Keys that we make are of version 4 with Ed25519, which GnuPG 2.2 and Sequoia
// read as well as we do. Only detached armoured signatures are taken for
// files; text signed inline or in the clear is not.
package pgp
