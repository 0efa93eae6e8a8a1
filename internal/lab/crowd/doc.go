// Package crowd fills an empty database with a whole country, so that what is
// quick with ten findings is seen to be quick, or not, with a million.
//
// Everything is made inside the database, by the statements in *.sql, and is
// the same for the same size, seed and moment. A few organisations have much
// and most have little; a few checks are found everywhere. The addresses are
// private ones (10.0.0.0/8): nothing here is ever scanned.
package crowd
