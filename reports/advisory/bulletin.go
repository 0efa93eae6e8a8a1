package advisory

import (
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Bulletin is an advisory as our own operators read it: its words in every
// language, and nothing of who else is concerned, who wrote it, or whose
// documents it rests on.
type Bulletin struct {
	ID         ID                  `json:"id"`
	Version    int                 `json:"version"` // as Advisory.Version
	Category   Category            `json:"category"`
	Interim    bool                `json:"interim"`
	TLP        TLP                 `json:"tlp"`
	Severity   inventory.Severity  `json:"severity"`
	Texts      []Translation       `json:"texts"` // that in Source first
	CVEs       []string            `json:"cves"`
	References []string            `json:"references"`
	Products   []Product           `json:"products"`
	Checks     []inventory.CheckID `json:"checks"` // that find what it is about
	At         time.Time           `json:"at"`
	// WithdrawnAt and Why say that it does not hold any more; Instead, what to
	// read now.
	WithdrawnAt *time.Time `json:"withdrawn_at"`
	Why         string     `json:"why"`
	Instead     ID         `json:"instead"`
}

// Publish lets an approved or released advisory out to our own operators, with
// the checks that find what it is about. Those get it whom the label allows:
// all of them up to GREEN, and of AMBER those who have the weakness. Stricter
// ones, and those for law enforcement, are for nobody's portal.
func Publish(a Advisory, checks []inventory.CheckID, at time.Time) (Advisory, Bulletin, error) {
	switch {
	case a.State == Withdrawn:
		return Advisory{}, Bulletin{}, fmt.Errorf("publish advisory %s: it is withdrawn: %w", a.ID, inventory.ErrConflict)
	case a.Referral:
		return Advisory{}, Bulletin{}, fmt.Errorf("publish advisory %s: it is for law enforcement only: %w", a.ID, inventory.ErrForbidden)
	case !a.TLP.AtMost(Amber):
		return Advisory{}, Bulletin{}, fmt.Errorf("publish advisory %s: it is %s, which no portal shows: %w", a.ID, a.TLP, inventory.ErrForbidden)
	case a.TLP == Amber && len(checks) == 0:
		return Advisory{}, Bulletin{}, &inventory.InputError{
			Field: "check", Message: "names nothing that operators are known to have",
			Hint: "name the check or CVE that finds it, or give it a label up to TLP:GREEN, so that all operators may read it",
		}
	}
	a, err := Release(a, at)
	if err != nil {
		return Advisory{}, Bulletin{}, err
	}
	source, _ := a.In(Source)
	return a, Bulletin{
		ID: a.ID, Version: a.Version(), Category: a.Kind(), Interim: a.Interim, TLP: a.TLP, Severity: a.Severity,
		Texts: append([]Translation{source}, a.Translations...), CVEs: a.CVEs, References: a.References, Products: a.Products,
		Checks: checks, At: at.UTC(),
	}, nil
}

// In is what it says to readers of a language; translated is false where some
// of it is in Source instead.
func (b Bulletin) In(language string) (t Translation, translated bool) {
	if len(b.Texts) == 0 {
		return Translation{Language: Source}, false
	}
	s := b.Texts[0]
	return Advisory{Title: s.Title, Summary: s.Summary, Impact: s.Impact, Fix: s.Fix, Translations: b.Texts[1:]}.In(language)
}

// Languages lists those in which it is written.
func (b Bulletin) Languages() []string {
	out := make([]string, len(b.Texts))
	for i, t := range b.Texts {
		out[i] = t.Language
	}
	return out
}

// End is the bulletin once its advisory was withdrawn or superseded.
func (b Bulletin) End(a Advisory) Bulletin {
	at := a.UpdatedAt.UTC()
	b.WithdrawnAt, b.Instead = &at, a.SupersededBy
	if n := len(a.History); n > 0 {
		b.Why = a.History[n-1].Summary
	}
	b.Texts = slices.Clone(b.Texts)
	return b
}
