package letter

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/notify"
)

// Draft is what somebody may tell an operator of one finding, in the words in
// which a letter tells of it: first what to do. Its lines are not broken: it
// is read in a page, and changed before that.
func Draft(m notify.Matter, zone *time.Location, p *locale.Printer) string {
	w := newWriter(notify.Notice{Letter: notify.Letter{Zone: zone.String()}}, Sender{}, p)
	it := w.item(m)
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s: %s\n", it.FixHead, cmp.Or(it.Fix, w.T("See the finding's page for what to do.")))
	line("%s (%s)", it.Title, strings.Join(it.Tags, ", "))
	if len(it.When) > 0 {
		line("%s", strings.Join(it.When, " "))
	}
	for _, pl := range it.Places {
		line("* %s", strings.Join(strings.Fields(pl.ID+" "+pl.Where+" "+pl.port(it)), " "))
	}
	if it.Why != "" {
		line("%s: %s", it.WhyHead, it.Why)
	}
	for _, pl := range it.Places {
		line("\n%s", w.T("Then press “Check my fix” on the page of %s, or answer there.", pl.ID))
	}
	return strings.TrimSpace(b.String())
}

// port is where at the host, in words.
func (pl place) port(it item) string {
	if pl.Port == "" {
		return ""
	}
	return strings.ToLower(it.Heads[2]) + " " + pl.Port
}
