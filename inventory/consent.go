package inventory

// Consent is an operator's word on whether an asset may appear in what goes
// to other countries.
type Consent string

// Consents. Without a word an asset may be counted, and no more.
const (
	ConsentNone       Consent = "none"       // not at all
	ConsentAnonymised Consent = "anonymised" // without anything that leads to it
	ConsentIdentified Consent = "identified" // to the CERT of its own country
)

// Valid tells whether c is one of the three.
func (c Consent) Valid() bool {
	return c == ConsentNone || c == ConsentAnonymised || c == ConsentIdentified
}
