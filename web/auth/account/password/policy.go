package password

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ciiscan/ciiscan/inventory"
)

// Bounds of a password's length.
const (
	MinLength = 12   // characters
	maxBytes  = 1024 // more is no stronger, and costs
)

// common lists words and rows of keys on which guessers begin, one a line.
//
//go:embed common.txt
var common string

// Check refuses a password that is short, is or holds the account's name, or
// is one of the first that anybody guesses. It asks for no kinds of
// characters: length does more, and people can remember words. The error never
// shows the password.
func Check(password, name string) error {
	refuse := func(message, hint string) error {
		return &inventory.InputError{Field: "password", Message: message, Hint: hint}
	}
	const words = "four or five unrelated words make a good one"
	folded := strings.ToLower(plain(password))
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return refuse("has characters that no keyboard writes", "use letters, digits, signs and spaces")
	case len(password) > maxBytes || len(plain(password)) > maxBytes:
		return refuse("too long", "use at most 1,024 bytes")
	case utf8.RuneCountInString(plain(password)) < MinLength:
		return refuse("too short", "use 12 characters or more; "+words)
	case holdsName(folded, strings.ToLower(name)):
		return refuse("is too like the account's name", "use something that is not known of you; "+words)
	case guessed(folded):
		return refuse("is one of the first that anybody guesses", words)
	}
	return nil
}

// holdsName tells whether little is left of the password without the name, or
// without the part of an address before its @.
func holdsName(password, name string) bool {
	local, _, _ := strings.Cut(name, "@")
	for _, n := range []string{name, local} {
		if n == "" {
			continue
		}
		if rest := strings.ReplaceAll(password, n, ""); rest != password && utf8.RuneCountInString(rest) < MinLength-4 {
			return true
		}
	}
	return false
}

// guessed tells whether the password is at most three common words or rows of
// keys, with or without digits and signs around or in place of letters; or has
// no letter, or few different characters.
func guessed(password string) bool {
	distinct := map[rune]bool{}
	for _, r := range password {
		distinct[r] = true
	}
	if len(distinct) < 5 {
		return true
	}
	words := strings.Fields(common)
	decode := strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t")
	letters := strings.TrimFunc(password, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, form := range []string{password, letters} {
		if madeOf(form, words, 3) || madeOf(decode.Replace(form), words, 3) {
			return true
		}
	}
	return false
}

// madeOf tells whether s is at most n of the words, one after another.
func madeOf(s string, words []string, n int) bool {
	if s == "" {
		return true
	}
	return n > 0 && slices.ContainsFunc(words, func(w string) bool {
		rest, ok := strings.CutPrefix(s, w)
		return ok && madeOf(rest, words, n-1)
	})
}
