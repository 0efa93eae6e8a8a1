// Package load serves the console over a crowd, opens every page as people of
// several roles do, and makes the reports of a weekly run, to tell how long
// that takes, and how much of it is PostgreSQL's time.
//
// It measures within one process and asks one thing at a time: what a network
// and other people add is not in the numbers.
package load
