// Package notify decides what operators are told by mail, whom, and when. It
// is pure: letter puts it into words, post sends it, the store remembers it.
//
//	finding events, dates, weeks ──Planner──► items, one for each contact
//	items that wait ──Gather──► one notice for each contact ──► queued
//	queued ──sent──► sent ──► bounced          (the next contact gets it)
//	   └──► failed, dry_run or cancelled
//
// An item is told once: contact, kind, object and stage are its key, so that
// the planner may run twice, on two machines, or again after a crash. What
// waits for one contact becomes one mail, never one for each event. A contact
// gets no more mail than the caps allow; what came too fast is one mail that
// gives its number. Only alerts may come in the quiet hours.
//
// A notice keeps its words' facts and its Message-ID: when nobody knows
// whether it went out, it goes again as the same message.
package notify
