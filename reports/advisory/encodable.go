package advisory

import (
	"net/url"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// Encodable is an inventory.InputError when the advisory lacks what a document
// in any format has to have.
func (a Advisory) Encodable() error {
	switch {
	case strings.TrimSpace(string(a.ID)) == "":
		return &inventory.InputError{Field: "advisory", Message: "has no id yet", Hint: "store it first"}
	case len(a.History) == 0:
		return &inventory.InputError{
			Field: "advisory", Value: string(a.ID), Message: "has no revision history", Hint: "every advisory begins with a first revision",
		}
	case strings.TrimSpace(inventory.CleanText(a.Title, maxLine)) == "":
		return &inventory.InputError{Field: "title", Message: "is missing", Hint: "give the advisory a title"}
	}
	return nil
}

// IsWebAddress tells whether a text is an absolute URL that can stand in a
// document: without a user in it, and without what a format or a page would
// take for more than an address.
func IsWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxURL && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http") &&
		!strings.ContainsAny(s, " \t\n<>\"\\^`{|}")
}
