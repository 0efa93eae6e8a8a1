// Package fetch is the one HTTP client for everything that peers feed us. A
// peer's server, and whatever it links or redirects to, is hostile until
// proved otherwise, so the client
//
//   - goes only to the hosts that it was made for, by https, also after a
//     redirect, and follows five of those at most;
//   - looks at the address that it really dials, after DNS, and refuses what
//     is not on the public internet unless the installation admits it;
//   - shows credentials to the peer's own host only;
//   - cuts off what is too large (after decompression), too slow or silent;
//   - paces itself per host.
//
// Every refusal is an *Error, which says which host and why.
package fetch
