// Package tree reads JSON that strangers wrote. It sets limits before it
// builds anything, and refuses what two readers could understand in two ways:
// an object that has a key twice, and text that is not UTF-8. Keys are
// compared letter by letter, unlike in package encoding/json, so that all who
// read a document through this package see the same one.
//
// Beyond the limits nothing is an error: what is absent, or of another type
// than asked for, reads as empty. Whether a document is well formed is for a
// schema to say.
package tree
