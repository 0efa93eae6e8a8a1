package browse

import (
	"testing"

	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestPagesInLanguagesOfTheRegion shows the same pages to somebody who reads
// another script: they are said in it, fit, and break no rule of access.
func TestPagesInLanguagesOfTheRegion(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	session, err := w.Store.SessionBySecret(w.Context(), w.Cookie("operator").Value)
	if err != nil {
		t.Fatal(err)
	}
	for tag, first := range map[string]string{"bn": "আগে যা করবেন", "hi": "पहले"} {
		if err := w.Store.SetPreferences(w.Context(), session.Account, account.Preferences{Language: tag, Zone: "Asia/Dhaka"}); err != nil {
			t.Fatal(err)
		}
		b := as(t, w, "operator")
		b.Open("/")
		b.WaitText("h1", first)
		if got := b.Ask("document.documentElement.lang"); got != tag {
			t.Errorf("lang = %q, want %s", got, tag)
		}
		for _, path := range []string{"/", "/findings", "/findings/F-1", "/assets", "/reports"} {
			b.Open(path)
			b.Width(1280)
			b.Axe()
			b.Screenshot(tag + " " + path)
			b.Width(320)
			b.Fits()
		}
	}
}
