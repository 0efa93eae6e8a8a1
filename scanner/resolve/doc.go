// Package resolve finds the addresses of host names: once, by us, from the
// resolvers that the installation names, so that no scanner ever resolves a
// name by itself.
//
// The system's hosts file is not read. What counts is where the public would
// be sent, not what one of our machines was told.
package resolve
