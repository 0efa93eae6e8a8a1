// Package cycle tests an installation as a whole, in the lab: the programs as
// they are built, on a PostgreSQL, an nmap and a nuclei that are real, from
// the register to the report. It has no code but its tests.
//
// Each test has a network namespace, a lab and an installation of its own, and
// drives it through the command line. What the command line does not tell,
// such as leases, is asked of the database.
//
// The tests of accidents kill a part in mid-scan and then want the very
// findings that the truth of the lab demands, no fewer and no more: those of a
// run that nobody disturbed.
package cycle
