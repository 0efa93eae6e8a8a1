// Package mail carries advisories by e-mail as PGP/MIME (RFC 3156): it writes
// and sends signed and encrypted mail, and reads what a peer sent.
//
// Everything that says what a mail is about is inside the encryption, its
// subject included (a protected header; outside stands "..."). For receivers
// without a key there is mail that is only signed, which anybody can read, so
// that it must tell nothing.
//
// Mail that arrives is taken apart under limits. Each document in it has the
// signature that covers it, and no other: a signed part inside an unsigned mail
// vouches for that part alone. The sender's address proves nothing and is kept
// for people to read.
package mail
