// Package fakes holds the lab's made-up services: small servers that answer
// as the real thing would to somebody who only reads, their look-alikes that
// must not be mistaken for it, and hosts that mean harm to a scanner.
//
// None of them stores what it is sent or does what it is asked.
package fakes
