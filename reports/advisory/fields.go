package advisory

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ciiscan/ciiscan/inventory"
	"golang.org/x/text/unicode/norm"
)

// Fields are what people write in an advisory.
type Fields struct {
	Category     Category           `json:"category"`
	Interim      bool               `json:"interim"`
	TLP          TLP                `json:"tlp"`
	Check        inventory.CheckID  `json:"check"` // that finds the weakness; may be empty
	Title        string             `json:"title"`
	Summary      string             `json:"summary"`
	Impact       string             `json:"impact"`
	Fix          string             `json:"fix"`
	Translations []Translation      `json:"translations"`
	Severity     inventory.Severity `json:"severity"` // "" when nobody has rated it
	CVEs         []string           `json:"cves"`
	CWEs         []string           `json:"cwes"`
	References   []string           `json:"references"`
	Products     []Product          `json:"products"`
	Scores       []Score            `json:"scores"`
	Referral     bool               `json:"referral"`
	Supersedes   ID                 `json:"supersedes"`
}

// Fields returns what people have written so far, as the start of an Edit.
func (a Advisory) Fields() Fields {
	return Fields{
		Category: a.Kind(), Interim: a.Interim, TLP: a.TLP, Check: a.Check,
		Title: a.Title, Summary: a.Summary, Impact: a.Impact, Fix: a.Fix, Severity: a.Severity,
		CVEs: slices.Clone(a.CVEs), CWEs: slices.Clone(a.CWEs), References: slices.Clone(a.References),
		Products: slices.Clone(a.Products), Scores: slices.Clone(a.Scores), Translations: slices.Clone(a.Translations),
		Referral: a.Referral, Supersedes: a.Supersedes,
	}
}

// New begins an advisory from scratch, as a draft without an ID. Every mistake
// in the fields is an InputError with a hint, all of them joined.
func New(author string, f Fields, at time.Time) (Advisory, error) {
	author, err := person("author", author, "say who writes the advisory")
	if err != nil {
		return Advisory{}, err
	}
	a := begin(author, at)
	a.put(f)
	if err := a.Validate(); err != nil {
		return Advisory{}, err
	}
	return a, nil
}

// begin is an empty draft.
func begin(author string, at time.Time) Advisory {
	at = at.UTC()
	return Advisory{
		Revision: 1, State: Draft, Author: author, CreatedAt: at, UpdatedAt: at,
		CVEs: []string{}, CWEs: []string{}, References: []string{}, Products: []Product{}, Scores: []Score{}, Translations: []Translation{},
		Reach: Reach{Sectors: []inventory.Sector{}}, Affected: []Affected{}, Origins: []Origin{}, Editors: []string{},
		History: []Change{{Revision: 1, At: at, By: author, Summary: "First version."}},
	}
}

// Edit puts other fields into a draft. Whoever edits it joins its writers.
func Edit(a Advisory, f Fields, who string, at time.Time) (Advisory, error) {
	if err := a.mustBe("edit", Draft); err != nil {
		return Advisory{}, err
	}
	who, err := person("editor", who, "say who edits the advisory")
	if err != nil {
		return Advisory{}, err
	}
	a.put(f)
	if err := a.Validate(); err != nil {
		return Advisory{}, err
	}
	if !a.wrote(who) {
		a.Editors = append(slices.Clone(a.Editors), who)
	}
	a.UpdatedAt = at.UTC()
	return a, nil
}

// put tidies fields and puts them into a, well-formed or not.
func (a *Advisory) put(f Fields) {
	a.Category, a.Interim, a.TLP, a.Check = f.Category, f.Interim, f.TLP, f.Check
	a.Title, a.Summary, a.Impact, a.Fix = line(f.Title), block(f.Summary), block(f.Impact), block(f.Fix)
	a.Translations = tidyTranslations(f.Translations)
	a.Severity, a.Referral = f.Severity, f.Referral
	a.Supersedes = ID(line(string(f.Supersedes)))
	a.CVEs, a.CWEs = tidyIDs(f.CVEs), tidyIDs(f.CWEs)
	a.References = []string{}
	for _, r := range f.References {
		if r = strings.TrimSpace(r); r != "" && !slices.Contains(a.References, r) {
			a.References = append(a.References, r)
		}
	}
	a.Products = []Product{}
	for _, p := range f.Products {
		p = Product{
			Vendor: line(p.Vendor), Name: line(p.Name), Version: line(p.Version), CPE: strings.TrimSpace(p.CPE),
			PURL: strings.TrimSpace(p.PURL), Range: strings.TrimSpace(p.Range), Status: p.Status,
		}
		if !slices.Contains(a.Products, p) {
			a.Products = append(a.Products, p)
		}
	}
	a.Scores = []Score{}
	for _, s := range f.Scores {
		s = Score{CVE: strings.ToUpper(strings.TrimSpace(s.CVE)), Vector: strings.TrimSpace(s.Vector)}
		if !slices.Contains(a.Scores, s) {
			a.Scores = append(a.Scores, s)
		}
	}
	slices.SortFunc(a.Scores, func(x, y Score) int {
		return cmp.Or(cmp.Compare(x.CVE, y.CVE), cmp.Compare(x.Vector, y.Vector))
	})
}

// maxBlock caps a text of several lines, in bytes.
const maxBlock = 20_000

func block(s string) string { return strings.TrimSpace(inventory.CleanText(s, 2*maxBlock)) }

// line is s as one line.
func line(s string) string {
	return strings.Join(strings.Fields(inventory.CleanText(s, maxBlock)), " ")
}

// tidyIDs writes ids in capitals, sorted, once each.
func tidyIDs(ids []string) []string {
	out := []string{}
	for _, id := range ids {
		if id = strings.ToUpper(strings.TrimSpace(id)); id != "" {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// person is a name that somebody acts under.
func person(role, name, hint string) (string, error) {
	if name = strings.TrimSpace(name); name == "" {
		return "", &inventory.InputError{Field: role, Message: "is missing", Hint: hint}
	}
	return name, nil
}

// SamePerson tells whether two names are one person's: in any case, width and
// composition of their letters, and whatever cannot be seen between these.
func SamePerson(a, b string) bool { return personKey(a) == personKey(b) }

func personKey(name string) string {
	seen := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(name))
	return strings.ToLower(strings.ToUpper(strings.Join(strings.Fields(seen), " ")))
}
