// Package store keeps everything in PostgreSQL, the only store and the only
// bus. It is the only importer of gorm and pgx.
//
// Every write of a person goes through one door, tx, which asks for the audit
// entry: the change and its entry are one transaction or nothing. Machines'
// writes (claim, renew, finish, judge) need no entry: the tasks and the
// findings' events are their record.
//
//	queued ──ClaimTask──► running ──FinishTask──► complete … failed ──Judge──► judged
//	   ▲                     │
//	   └─ ReleaseTask, ReapTasks
//
// A running task has one row in scan_leases for each of its addresses, and the
// address is that table's primary key: two tasks can not hold one address.
// A finish names the claim (worker and attempt) and stores nothing when that
// claim has been lost.
//
// What is exchanged with peers has the same door, and two rules more. What was
// released never changes: triggers see to it. And whether something may go out
// is asked when it goes out, of the agreement as the clock has it then, never
// of what a job noted earlier:
//
//	RequestRelease ──► ApproveRelease ──► Published, TAXIIObjects, TakeDelivery
//	KeepInbound ──► DecideInbound ──► KeepMatches ──► SetVerdicts ──► KeepAnswer
//
// Leases are measured by the database's clock, because workers' clocks differ;
// everything else by Options.Now.
//
// Unknown ids are inventory.ErrNotFound, duplicates and lost races
// inventory.ErrConflict, a database that is away inventory.ErrUnavailable.
package store
