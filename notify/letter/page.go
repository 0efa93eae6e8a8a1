package letter

import (
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

// A page is a letter in one language, of which text and HTML are made.
type page struct {
	Lang, Dir string
	Title     string
	Lead      []string // what to do
	Links     []link
	Items     []item
	ItemsHead string
	More      string
	Advised   []advised
	Advice    string // heading of Advised
	Ends      []string
	EndsHead  string
	Foot      []string
}

type link struct{ Text, URL string }

// An item is one problem.
type item struct {
	Title    string
	Tags     []string // severity, known to be exploited
	Why      string
	WhyHead  string
	Fix      string
	FixHead  string
	When     []string
	Places   []place
	Heads    [3]string // of the table of places
	LeftOver string
}

// An advised is an advisory: its texts line by line.
type advised struct {
	Title, URL, Lang string
	Tags             []string
	Note             string // of its language, or that it is withdrawn
	Summary, Fix     []string
	FixHead, Read    string
}

type place struct{ ID, URL, Where, Port, Since string }

// full is everything that the letter tells.
func (w writer) full() page {
	p := w.frame()
	if w.l.Report != nil {
		p.Lead = append(p.Lead, w.T("The whole report is attached, or in the portal."))
		if report := w.url("/reports/" + w.l.Report.ID + "/html?lang=" + w.Tag()); report != "" {
			p.Links = append(p.Links, link{w.T("Read the report"), report})
		}
	}
	if w.l.Kind == notify.Weekly && len(w.l.Matters) > 0 {
		p.ItemsHead = w.T("What to do first")
	} else if len(w.l.Matters) > 0 {
		p.ItemsHead = w.T("What was found")
	}
	for _, m := range w.l.Matters {
		p.Items = append(p.Items, w.item(m))
	}
	if w.l.Left > 0 && len(p.Items) > 0 {
		p.More = w.N("%s more finding is in the portal.", "%s more findings are in the portal.", w.l.Left)
	}
	for _, a := range w.l.Advised {
		p.Advised = append(p.Advised, w.advice(a))
		p.Advice = w.T("Advisories on what you have")
	}
	for _, e := range w.l.Endings {
		p.Ends = append(p.Ends, w.ending(e))
	}
	if len(p.Ends) > 0 {
		p.EndsHead = w.T("What ends soon")
	}
	return p
}

// link is what anybody may read: not even how many there are of what, nor in
// its subject.
func (w writer) link() page {
	p := w.frame()
	if w.l.Kind == notify.Verify || !w.l.Restricted() {
		return w.full()
	}
	p.Title = w.silent()
	p.Lead = []string{
		w.T("Please sign in to the portal and read message %s.", string(w.n.ID)),
		w.T("It is for %s alone, and we have no key to encrypt it to you.", w.org()),
		w.T("Send us your OpenPGP key or S/MIME certificate to get such messages whole."),
	}
	return p
}

// frame is what every letter has.
func (w writer) frame() page {
	p := page{Lang: w.Tag(), Dir: w.Dir(), Title: w.subject()}
	for _, line := range w.lead() {
		if line != "" {
			p.Lead = append(p.Lead, line)
		}
	}
	if own := w.own(); own != "" {
		text := w.T("Read and confirm in the portal")
		if w.l.Kind == notify.Verify {
			text = w.T("Type the code here")
		}
		p.Links = append(p.Links, link{text, own})
	}
	p.Foot = w.foot()
	return p
}

// foot says who writes and how to tell that it is us.
func (w writer) foot() []string {
	name := clean(w.from.Name, 120)
	out := []string{w.T("This message is %s, from %s to %s.", string(w.n.ID), name, w.org())}
	if w.from.Fingerprint != "" {
		out = append(out, w.T("We sign with the OpenPGP key %s.", w.from.Fingerprint))
	}
	switch {
	case w.from.Phone != "" && w.from.Portal != "":
		out = append(out, w.T("Not sure whether it is genuine? Look for its number in the portal, or call %s.", w.from.Phone))
	case w.from.Phone != "":
		out = append(out, w.T("Not sure whether it is genuine? Call %s.", w.from.Phone))
	case w.from.Portal != "":
		out = append(out, w.T("Not sure whether it is genuine? Look for its number in the portal, at the address that you know."))
	}
	return append(out, w.T("Sharing: %s.", w.l.TLP))
}

func (w writer) item(m notify.Matter) item {
	it := item{
		Title: w.title(m), Tags: []string{w.Word(string(m.Severity))},
		Why: clean(w.Word(m.Why), 1000), WhyHead: w.T("Why it matters"), Fix: clean(w.Word(m.Fix), 2000), FixHead: w.T("What to do"),
		Heads: [3]string{w.T("Finding"), w.T("Host"), w.T("Port")},
	}
	if m.KEV {
		it.Tags = append(it.Tags, w.T("attacked now"))
	}
	if s := w.reason(m.Reason); s != "" {
		it.When = append(it.When, s)
	}
	if m.Due != nil {
		it.When = append(it.When, w.T("Due by %s.", w.day(*m.Due)))
	}
	for _, pl := range m.Places {
		it.Places = append(it.Places, w.place(pl))
	}
	if m.Left > 0 {
		it.LeftOver = w.N("and %s more place", "and %s more places", m.Left)
	}
	return it
}

func (w writer) reason(r notify.Reason) string {
	switch r {
	case notify.ReasonKEV:
		return w.T("Attackers are known to use it.")
	case notify.ReasonCritical:
		return w.T("It is new, and critical.")
	case notify.ReasonExposed:
		return w.T("It was not reachable before.")
	case notify.ReasonRaised:
		return w.T("It is worse than was thought before.")
	case notify.ReasonOverdue:
		return w.T("It is overdue. We told you of it before.")
	case notify.ReasonDue:
		return w.T("Its deadline is near.")
	case notify.ReasonStill:
		return w.T("It is still there.")
	}
	return ""
}

// place keeps host and port apart, so that no mail program makes a link.
func (w writer) place(pl notify.Place) place {
	where := ""
	if pl.Addr.IsValid() {
		where = pl.Addr.String()
	}
	if host := clean(pl.Host, 255); host != "" {
		where = strings.TrimSpace(where + " (" + host + ")")
	}
	out := place{ID: string(pl.Finding), URL: w.url("/findings/" + string(pl.Finding)), Where: where, Since: w.day(pl.FirstSeen)}
	if pl.Port > 0 {
		out.Port = fmt.Sprintf("%d %s", pl.Port, pl.Transport)
	}
	return out
}

// advice is an advisory in the reader's language, or said to be in English.
func (w writer) advice(a notify.Advised) advised {
	t := a.In(w.Tag())
	out := advised{
		Title: clean(t.Title, 600), URL: w.url("/bulletins/" + a.ID), Lang: t.Language, Tags: []string{a.ID},
		FixHead: w.T("What to do"), Read: w.T("Read it in the portal"),
	}
	if a.Severity != "" {
		out.Tags = append(out.Tags, w.Word(string(a.Severity)))
	}
	if a.Version > 1 {
		out.Tags = append(out.Tags, w.T("version %s", w.Number(a.Version)))
	}
	switch {
	case a.Withdrawn && a.Instead != "":
		out.Note = w.T("It is withdrawn: read %s instead.", a.Instead)
		return out
	case a.Withdrawn:
		out.Note = w.T("It is withdrawn, and holds no more.")
		out.Summary = lines(a.Why)
		return out
	case t.Language != w.Tag():
		out.Note = w.T("It is not translated yet: its text is in English.")
	}
	out.Summary, out.Fix = lines(t.Summary), lines(t.Fix)
	return out
}

// lines are those of a text that say something, without the marks of Markdown
// that only a page can show.
func lines(text string) []string {
	var out []string
	for l := range strings.Lines(text) {
		if l = strings.ReplaceAll(strings.TrimLeft(clean(l, 2000), "# "), "**", ""); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func (w writer) ending(e notify.Ending) string {
	if e.Kind == notify.PermissionEnds {
		return w.T("Permission %s to scan ends on %s. After it we scan nothing of yours.", e.Object, w.day(e.At))
	}
	return w.T("The exception for %s (%s) ends on %s. After it the finding counts again.",
		clean(w.Word(e.Title), 200), inventory.CleanText(e.Object, 40), w.day(e.At))
}
