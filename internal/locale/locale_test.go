package locale

import (
	"strings"
	"testing"
	"time"
)

func TestFallsBackToEnglish(t *testing.T) {
	for _, tag := range []string{"", "en", "en-GB", "fr", "xx-YY", "-", "en-"} {
		if got := For(tag).Tag(); got != "en" {
			t.Errorf("For(%q) speaks %s", tag, got)
		}
	}
	if got := For("bn-BD").Tag(); got != "bn" {
		t.Errorf("For(bn-BD) speaks %s", got)
	}
	const unknown = "This text is in no catalogue."
	for _, l := range Languages() {
		if got := For(l.Tag).T(unknown); got != unknown {
			t.Errorf("%s says %q", l.Tag, got)
		}
		if got := For(l.Tag).Word(""); got != "" {
			t.Errorf("%s says %q for nothing", l.Tag, got)
		}
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"": "en", "bn": "bn", "bn-BD,bn;q=0.9,en;q=0.5": "bn", "fr, hi;q=0.8": "hi", "de": "en", "*": "en", "\x00;;q=": "en",
		"th": "en", // not complete: only who chooses it gets it
	} {
		if got := Match(header).Tag(); got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
}

func TestNumbersAndDates(t *testing.T) {
	day := time.Date(2026, 11, 2, 9, 5, 0, 0, time.FixedZone("", 5*3600+45*60))
	for tag, want := range map[string][3]string{
		"en": {"1,234,567", "2 November 2026", "2 November 2026, 09:05 +05:45"},
		"bn": {"১২,৩৪,৫৬৭", "২ নভেম্বর, ২০২৬", "২ নভেম্বর, ২০২৬, ০৯:০৫ +০৫:৪৫"},
		"hi": {"12,34,567", "2 नवंबर 2026", "2 नवंबर 2026, 09:05 +05:45"},
		"ne": {"१,२३४,५६७", "२०२६ नोभेम्बर २", "२०२६ नोभेम्बर २, ०९:०५ +०५:४५"},
		"th": {"1,234,567", "2 พฤศจิกายน ค.ศ. 2026", "2 พฤศจิกายน ค.ศ. 2026, 09:05 +05:45"},
		"my": {"၁,၂၃၄,၅၆၇", "၂၀၂၆၊ နိုဝင်ဘာ ၂", "၂၀၂၆၊ နိုဝင်ဘာ ၂, ၀၉:၀၅ +၀၅:၄၅"},
	} {
		p := For(tag)
		if got := [3]string{p.Number(1234567), p.Date(day), p.Time(day)}; got != want {
			t.Errorf("%s writes %q, want %q", tag, got, want)
		}
	}
	if got := For("bn").Decimal(12.34, 1) + " " + For("en").Decimal(7, 1) + " " + For("en").Percent(.125) + " " + For("bn").Percent(1); got != "১২.৩ 7.0 12% ১০০%" {
		t.Errorf("parts of one: %q", got)
	}
	if got := Week(day); got != "2026-W45" {
		t.Errorf("Week = %s", got)
	}
	if got := Week(time.Date(2027, 1, 3, 0, 0, 0, 0, time.UTC)); got != "2026-W53" {
		t.Errorf("Week of 3 January 2027 = %s", got)
	}
}

func TestPlurals(t *testing.T) {
	p := For("en")
	for n, want := range map[int]string{0: "0 findings", 1: "1 finding", 2: "2 findings", 1500: "1,500 findings"} {
		if got := p.N("%s finding", "%s findings", n); got != want {
			t.Errorf("N(%d) = %q", n, got)
		}
	}
	one, many := For("hi").N("ends in %s day", "ends in %s days", 1), For("hi").N("ends in %s day", "ends in %s days", 2)
	if one != "1 दिन में समाप्त होगा" || many != "2 दिनों में समाप्त होगा" {
		t.Errorf("one and two in Hindi: %q, %q", one, many)
	}
}

// What is not translated yet is said in English, by the rules of English.
func TestPluralsThatAreNotTranslated(t *testing.T) {
	for _, tag := range []string{"th", "dz", "my", "bn"} {
		p := For(tag)
		for n, want := range map[int]string{0: "cows", 1: "cow", 15: "cows"} {
			if got := p.N("%s cow", "%s cows", n); got != p.Number(n)+" "+want {
				t.Errorf("%s: N(%d) = %q", tag, n, got)
			}
			if got := p.N("%s finding was closed in this period. Thank you.", "%s findings were closed in this period. Thank you.", n); tag != "bn" && strings.Contains(got, "were") != (want == "cows") {
				t.Errorf("%s: N(%d) = %q", tag, n, got)
			}
		}
	}
}

func TestOneMayBeSaidWithoutItsNumber(t *testing.T) {
	for n, want := range map[int]string{1: "Import the good row", 2: "Import 2 good rows"} {
		if got := For("en").N("Import the good row", "Import %s good rows", n); got != want {
			t.Errorf("N(%d) = %q", n, got)
		}
	}
}

func TestPseudoKeepsVerbs(t *testing.T) {
	got := For(Pseudo).T("Signed in as %s, %-5s of %[3]s", "a", "b", "c")
	if strings.Contains(got, "%!") || !strings.Contains(got, " a, b     ") || !strings.HasPrefix(got, "⟦Šígñéd") {
		t.Errorf("pseudo = %q", got)
	}
}

func TestTimeLeft(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for left, want := range map[time.Duration]string{
		50 * time.Hour: "2 days left", 24 * time.Hour: "1 day left", 24*time.Hour - 1: "less than a day left", 0: "less than a day left",
		-1: "1 day over", -47 * time.Hour: "1 day over", -48 * time.Hour: "2 days over",
	} {
		if got := For("en").TimeLeft(now.Add(left), now); got != want {
			t.Errorf("%s before the end: %q, want %q", left, got, want)
		}
	}
}
