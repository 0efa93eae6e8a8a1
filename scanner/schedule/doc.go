// Package schedule decides when scans happen and starts them: cron slots,
// adaptive rescans by the priority table, and "run now".
//
// A slot is a moment at which a schedule is due. However many schedulers run,
// and however often one dies between two steps, a slot becomes one scan: the
// store refuses the second with inventory.ErrConflict, and the loser moves on.
package schedule
