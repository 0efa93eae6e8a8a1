// Package queue runs jobs on River, and is its only importer.
//
// There are three queues. A scan ticket, on the queue "scan", carries no task: it
// is the right to work one, and whoever works it takes the fairest task from
// the store. So the order of tasks is decided when a worker is free, not when
// the ticket was written. A judge job, on the queue "report", names the task
// whose results are to be judged; an edition job, behind them on the same queue,
// the edition of a report that is to be made. ciiscand works those.
//
// On the queue "exchange" are four kinds of jobs, which ciiscand works, too:
// deliver a release, poll a peer's source, match what was received with the
// register, answer its sender.
//
// On the queue "notify" is a job for each notice to an operator, which ciiscand
// sends by mail, and one for each person to be told that their account was
// reset.
//
// Jobs are written in the transaction that makes them necessary. A ticket
// that is lost with its worker is harmless: the store puts the task back and
// writes a new one.
package queue
