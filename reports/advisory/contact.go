package advisory

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/ciiscan/ciiscan/inventory"
)

// Private lists what of a contact nobody outside may learn, as CheckLeaks
// takes it. Of a person's name no single word is looked for, as of an
// operator's: half the world is called Kumar. Names that say only an office,
// such as Duty Officer, and numbers of fewer than seven digits, such as 119,
// are left out: they stand in texts that tell of nobody.
func Private(c inventory.Contact) []string {
	var out []string
	if c.Email != "" {
		out = append(out, c.Email)
	}
	words := strings.Fields(wordsOf(plainText(c.Name)))
	personal := func(w string) bool {
		return !slices.Contains(commonWords, w) && !slices.Contains(officeWords, w) && strings.Trim(w, "0123456789") != ""
	}
	if len(words) > 1 && slices.ContainsFunc(words, personal) {
		out = append(out, `"`+strings.ReplaceAll(c.Name, `"`, " ")+`"`)
	}
	number, _, _ := strings.Cut(strings.ToLower(c.Phone), "e") // without its extension
	number, _, _ = strings.Cut(number, "x")
	if digits := digitsOf(number); len(digits) >= minPhone {
		out = append(out, phoneMark+digits)
	}
	return out
}

// officeWords are what offices, and not persons, are called.
var officeWords = strings.Fields(`
	abuse admin administrator all analyst and assistant call cert chief cio ciso contact coordinator csirt cto cyber
	day deputy desk director duty emergency engineer engineering executive for hostmaster hotline ics ict in incident
	information it lead line manager night noc of officer on or oncall ot person president response root scada
	section senior shift soc specialist staff supervisor support team technician the unit vice watch webmaster
	postmaster helpdesk infosec dpo ceo coo hr legal`)

const (
	phoneMark = "tel:"
	minPhone  = 7
)

// Whole tells whether something forbidden is to be found as a whole only,
// which quotes around it say, and what it is.
func Whole(forbidden string) (text string, ok bool) {
	s := strings.TrimSpace(forbidden)
	if len(s) < 3 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	s = strings.TrimSpace(s[1 : len(s)-1])
	return s, s != ""
}

// Phone tells whether something forbidden is a telephone number, "tel:" and
// its digits, and returns those.
func Phone(forbidden string) (digits string, ok bool) {
	digits, ok = strings.CutPrefix(strings.TrimSpace(forbidden), phoneMark)
	return digits, ok && len(digits) >= minPhone && digits == digitsOf(digits)
}

// PhonePattern finds a telephone number in folded text by its digits, with
// whatever signs people write between them, and not within a longer number.
func PhonePattern(digits string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^0-9a-z])` + strings.Join(strings.Split(digits, ""), `[\s().\-/]{0,3}`) + `(?:[^0-9a-z]|$)`)
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsDigit(r) || r > '9' {
			return -1
		}
		return r
	}, s)
}

func phoneNeedle(of, digits string) needle {
	re := PhonePattern(digits)
	return needle{shown: digits, of: of, match: func(h haystack) bool { return re.MatchString(h.plain) }}
}

// wholeNeedle finds a name whatever its spacing and punctuation.
func wholeNeedle(of, text string) needle {
	words := strings.Fields(wordsOf(plainText(text)))
	phrase, run := " "+strings.Join(words, " ")+" ", strings.Join(words, "")
	return needle{shown: text, of: of, match: func(h haystack) bool {
		return run != "" && strings.Contains(h.words, phrase) || len(words) > 1 && len(run) >= 8 && strings.Contains(h.letters, run)
	}}
}
