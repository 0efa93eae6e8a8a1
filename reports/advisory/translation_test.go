package advisory

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTranslations(t *testing.T) {
	f := good()
	f.Translations = []Translation{
		{Language: "hi", Title: "रेडिस  खुला है", Summary: "ऐसा है।", Impact: "डेटा जाता है।", Fix: "पासवर्ड लगाएँ।"},
		{Language: "ta"},
		{Language: "bn", Title: "রেডিস খোলা", Summary: "এমনই।"},
	}
	a, err := New("nima", f, now)
	if err != nil || len(a.Translations) != 2 || a.Translations[0].Language != "bn" || a.Translations[1].Title != "रेडिस खुला है" {
		t.Fatalf("tidied: %+v, %v", a.Translations, err)
	}
	for language, want := range map[string]struct {
		title, fix string
		whole      bool
	}{
		"hi": {"रेडिस खुला है", "पासवर्ड लगाएँ।", true},
		"bn": {"রেডিস খোলা", "Set a password.", false}, // what is missing is read in English, and said
		"si": {a.Title, a.Fix, false},
		"en": {a.Title, a.Fix, true},
	} {
		got, whole := a.In(language)
		if got.Title != want.title || got.Fix != want.fix || whole != want.whole {
			t.Errorf("in %s: %+v, whole %t", language, got, whole)
		}
	}
	b, err := Edit(a, withTranslation(a.Fields(), Translation{Language: "bn", Title: "রেডিস খোলা আছে", Summary: "এমনই।"}), "nima", now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]FieldChange{{"translations.bn.title", "রেডিস খোলা", "রেডিস খোলা আছে"}}, Diff(a, b)[:1]); diff != "" {
		t.Error(diff)
	}
}

func withTranslation(f Fields, t Translation) Fields {
	f.Translations = []Translation{t}
	return f
}

func TestTranslationMistakes(t *testing.T) {
	long := strings.Repeat("ক", maxBlock)
	for want, all := range map[string][]Translation{
		"translations.bn.summary":     {{Language: "bn", Title: "ক"}},
		"translations.bn.title":       {{Language: "bn", Fix: "ক"}},
		"translations.bn.fix":         {{Language: "bn", Title: "ক", Summary: "ক", Fix: long}},
		`translations "bn": is there`: {{Language: "bn", Title: "ক", Summary: "ক"}, {Language: "bn", Title: "খ", Summary: "খ"}},
		`translations "en": is there`: {{Language: "en", Title: "a", Summary: "a"}},
		"is not a language":           {{Language: "<bn>", Title: "ক", Summary: "ক"}},
	} {
		f := good()
		f.Translations = all
		if _, err := New("nima", f, now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// A name in a translation points at somebody as much as one in English.
func TestTranslationsNameNobody(t *testing.T) {
	f := good()
	f.Translations = []Translation{{Language: "bn", Title: "ঢাকা ওয়াসা", Summary: "১ জায়গায়, 192.0.2.7"}}
	a, err := New("nima", f, now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for _, forbidden := range []string{"192.0.2.7", "ঢাকা ওয়াসা"} {
		if err := a.CheckLeaks([]string{forbidden}); err == nil || !strings.Contains(err.Error(), "translations[0]") {
			t.Errorf("%s passes: %v", forbidden, err)
		}
	}
}
