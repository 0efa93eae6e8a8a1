// Package enginetest holds what tests of scanning engines share: a network
// namespace in which nobody else can be hit, small hosts to look at in it,
// permits to look, and the suite that every engine must pass.
package enginetest
