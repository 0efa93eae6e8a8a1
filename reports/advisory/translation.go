package advisory

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Source is the language in which advisories are written, and in which they
// go to peers: one document of an exchange format has one language.
const Source = "en"

// A Translation is what an advisory says in another language, for our own
// operators. What is empty is read in Source.
type Translation struct {
	Language string `json:"language"` // BCP 47: "bn"
	Title    string `json:"title"`
	Summary  string `json:"summary"`
	Impact   string `json:"impact"`
	Fix      string `json:"fix"`
}

var languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

func (t Translation) empty() bool { return t == Translation{Language: t.Language} }

// In is the advisory's text as readers of a language get it: theirs, and in
// Source where there is none of it. Translated says whether all of it is
// theirs.
func (a Advisory) In(language string) (t Translation, translated bool) {
	source := Translation{Language: Source, Title: a.Title, Summary: a.Summary, Impact: a.Impact, Fix: a.Fix}
	if language == Source {
		return source, true
	}
	i := slices.IndexFunc(a.Translations, func(t Translation) bool { return t.Language == language })
	if i < 0 {
		return source, false
	}
	own := a.Translations[i]
	t = Translation{
		Language: own.Language, Title: cmp.Or(own.Title, source.Title), Summary: cmp.Or(own.Summary, source.Summary),
		Impact: cmp.Or(own.Impact, source.Impact), Fix: cmp.Or(own.Fix, source.Fix),
	}
	// A text that is not in the source, either, is not missing.
	whole := func(own, source string) bool { return own != "" || source == "" }
	return t, whole(own.Impact, a.Impact) && whole(own.Fix, a.Fix)
}

// tidyTranslations drops what says nothing, and sorts by language.
func tidyTranslations(all []Translation) []Translation {
	out := []Translation{}
	for _, t := range all {
		t = Translation{Language: strings.TrimSpace(t.Language), Title: line(t.Title), Summary: block(t.Summary), Impact: block(t.Impact), Fix: block(t.Fix)}
		if !t.empty() {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(x, y Translation) int { return strings.Compare(x.Language, y.Language) })
	return out
}

// checkTranslations wants of each language a title and a summary, once. Fields
// are told by their language: "translations.bn.title".
func (a Advisory) checkTranslations(m *mistakes) {
	last := Source
	for _, t := range a.Translations {
		at := "translations." + t.Language
		switch {
		case !languagePattern.MatchString(t.Language):
			m.add("translations", t.Language, "is not a language", "name it by its code, like bn")
			continue
		case t.Language == Source || t.Language == last:
			m.add("translations", t.Language, "is there already", "write each language once, beside English")
		}
		last = t.Language
		m.text(at+".title", t.Title, maxTitle*scriptBytes)
		for name, text := range map[string]string{".summary": t.Summary, ".impact": t.Impact, ".fix": t.Fix} {
			m.text(at+name, text, maxBlock)
		}
		if t.Title == "" {
			m.add(at+".title", "", "is missing", "translate the title and the summary at least, or leave the language out")
		}
		if t.Summary == "" {
			m.add(at+".summary", "", "is missing", "translate the title and the summary at least, or leave the language out")
		}
	}
}

// scriptBytes is how many bytes a letter of the region's scripts takes: a title
// in them is as long as others.
const scriptBytes = 3
