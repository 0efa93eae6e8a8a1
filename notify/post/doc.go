// Package post writes notices as mail, sends them, and reads what comes back.
//
// A letter that is not for everybody goes out encrypted, by OpenPGP (RFC 3156)
// or S/MIME (RFC 8551), with its subject inside. To a contact without a key
// that can be used now goes a letter that says only where to sign in. Both are
// signed with our OpenPGP key where there is one; S/MIME with our certificate.
//
// A notice that is sent twice, because a crash came between sending and noting
// it, is the same message: same Message-ID, same words.
package post
