// Package auth says who sends a request, and by which door it came.
//
//	unix socket ──SO_PEERCRED──► local:NAME, administrator
//	either door ──Bearer cii_…──► the token's user and role
//
// On the socket the kernel names the caller: only the uid that the server runs
// as, and root, are let in. A token wins over the socket, so that two people
// on one machine can be two users. HTTPS has no other way in than a token.
// What a role may do is told in web/api, beside the operations.
package auth
