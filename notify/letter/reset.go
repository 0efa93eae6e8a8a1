package letter

import (
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
)

// Reset tells somebody that another person took the factors of the account
// away. It holds no link: that goes by another way.
func Reset(s Sender, name, by string, at time.Time, p *locale.Printer) Words {
	lines := []string{
		p.T("Your account %s was reset by %s on %s, because you asked for it.", name, clean(by, 80), p.Time(at.UTC())),
		p.T("You are signed out everywhere, and your password, passkeys and codes open nothing any more. Whoever reset the account gives you a link to set them anew."),
		p.T("If you did not ask for it, tell us at once: somebody may be trying to sign in as you."),
	}
	if s.Phone != "" {
		lines = append(lines, p.T("Not sure whether it is genuine? Call %s.", s.Phone))
	}
	return Words{
		Subject: p.T("%s: your account was reset", clean(s.Name, 80)),
		Text:    strings.Join(append(lines, "-- ", clean(s.Name, 80)), "\n\n") + "\n",
	}
}
