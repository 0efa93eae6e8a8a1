// Package archtest holds the architecture as a table: which package may
// import which, and what each program may link. It has no code but its test.
package archtest
