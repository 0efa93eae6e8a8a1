// Package reports makes the exposure report: first as data, from one snapshot
// of the store, then as the bytes of each format. Screens, files and mails
// show the same numbers because all of them are counted here.
package reports
