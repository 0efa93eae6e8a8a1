// Package pgembed runs a private PostgreSQL cluster from the system's own
// binaries, for an installation that fits on one machine and for tests.
//
// Everything is below one directory:
//
//	lock          held while a Cluster is running; names the holder
//	data/         the cluster, made by initdb under the name data.new first,
//	              so that it is either whole or absent
//	run/          the unix socket, closed to everyone but its owner and root
//	postgres.log  what the server says
//
// The cluster listens on no network address, so whoever may enter run/ may be
// any role. PostgreSQL refuses to run as root: started by root it runs as the
// user postgres (or nobody); started by the root of a user namespace that
// knows no other user, or by a user without a name, it runs in a nested
// namespace under a name.
//
// The server is a child of this process and is told to shut down when this
// process dies. Start waits for one that is still doing so, ends one that was
// left over, and begins anew.
package pgembed
