// Package worker carries out scan tasks: claim, permit, scan, report.
//
// A task is ours only while its lease is renewed. The worker stops sending
// before the lease runs out, because after that another worker may touch the
// same addresses; and what it reports late is refused by the store, so a task
// that changed hands counts once.
package worker
