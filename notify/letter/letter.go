package letter

import (
	"cmp"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

// A Sender is who writes, as every letter says at its end.
type Sender struct {
	Name        string // of the CERT
	Portal      string // https://ciiscan.cert.example, or "" for none
	Phone       string // where people ask whether a mail is genuine, or ""
	Fingerprint string // of the key that signs, or ""
}

// Words are a letter that can be sent.
type Words struct {
	Subject string
	// Outer is the subject that those see who carry an encrypted letter.
	Outer string
	Text  string
	HTML  string // the same
}

// Full says everything. With bilingual, English follows below another language.
func Full(n notify.Notice, s Sender, p *locale.Printer) (Words, error) {
	return words(n, s, p, writer.full)
}

// Link says only that there is something, and where: no name, address or kind
// of any weakness. It is what goes out readable to everybody on the way.
func Link(n notify.Notice, s Sender, p *locale.Printer) (Words, error) {
	return words(n, s, p, writer.link)
}

func words(n notify.Notice, s Sender, p *locale.Printer, write func(writer) page) (Words, error) {
	w := newWriter(n, s, p)
	pages := []page{write(w)}
	if n.Bilingual && p.Tag() != locale.Default {
		pages = append(pages, write(newWriter(n, s, locale.For(locale.Default))))
	}
	html, err := render(pages)
	if err != nil {
		return Words{}, err
	}
	var texts []string
	for _, pg := range pages {
		texts = append(texts, pg.text())
	}
	return Words{
		Subject: pages[0].Title, Outer: w.outer(), HTML: html,
		Text: strings.Join(texts, "\n"+strings.Repeat("=", 60)+"\n\n"),
	}, nil
}

// A writer writes one letter in one language.
type writer struct {
	*locale.Printer
	n    notify.Notice
	l    notify.Letter
	from Sender
	zone *time.Location
}

func newWriter(n notify.Notice, s Sender, p *locale.Printer) writer {
	zone, err := time.LoadLocation(n.Letter.Zone)
	if err != nil {
		zone = time.UTC
	}
	return writer{Printer: p, n: n, l: n.Letter, from: s, zone: zone}
}

// clean is a foreign text on one line.
func clean(s string, most int) string {
	return strings.Join(strings.Fields(inventory.CleanText(s, most)), " ")
}

func (w writer) org() string { return clean(w.l.OrgName, 120) }

func (w writer) day(t time.Time) string { return w.Date(t.In(w.zone)) }

// url is an address of the portal, or "" where there is none.
func (w writer) url(path string) string {
	if w.from.Portal == "" {
		return ""
	}
	return strings.TrimRight(w.from.Portal, "/") + path
}

// own is the notice in the portal, where it can be read and confirmed.
func (w writer) own() string { return w.url("/mail/" + string(w.n.ID)) }

func (w writer) subject() string { return "[" + w.l.TLP + "] " + w.org() + ": " + w.topic() }

// silent is a subject that tells no more than which message waits, and whether
// it can.
func (w writer) silent() string {
	topic := w.T("message %s waits in the portal", string(w.n.ID))
	if w.l.Kind == notify.Alert {
		topic = w.T("act today, message %s waits in the portal", string(w.n.ID))
	}
	return "[" + w.l.TLP + "] " + w.org() + ": " + topic
}

// outer tells those on the way no more than that we write.
func (w writer) outer() string {
	return w.T("Message %s from %s, encrypted", string(w.n.ID), clean(w.from.Name, 80))
}

func (w writer) topic() string {
	l, found := w.l, w.l.Findings()
	switch {
	case l.Kind == notify.Weekly && l.Counts.Urgent == 0:
		return w.T("weekly exposure report %s, nothing urgent", l.Week)
	case l.Kind == notify.Weekly:
		return w.N("weekly exposure report %[2]s, %[1]s urgent", "weekly exposure report %[2]s, %[1]s urgent", l.Counts.Urgent, l.Week)
	case l.Summary:
		return w.N("%s new finding, see the portal", "%s new findings, see the portal", found)
	case l.Kind == notify.Alert:
		return w.N("act today, %s urgent finding", "act today, %s urgent findings", found)
	case l.Kind == notify.WaiverEnds:
		return w.N("%s exception ends soon", "%s exceptions end soon", len(l.Endings))
	case l.Kind == notify.PermissionEnds:
		return w.T("a permission to scan ends soon")
	case l.Kind == notify.Unconfirmed:
		return w.T("please confirm the weekly report %s", l.Earlier.Week)
	case l.Kind == notify.Advisory:
		return w.N("%s advisory on what you have", "%s advisories on what you have", len(l.Advised))
	case l.Kind == notify.Verify:
		return w.T("please confirm your mail address")
	case found > 0:
		return w.N("%s finding waits for you", "%s findings wait for you", found)
	}
	return w.T("what needs you today")
}

// lead are the first lines: what to do. What goes along with something else
// is told after it.
func (w writer) lead() []string {
	lines := w.begin()
	if w.l.Earlier != nil && w.l.Kind != notify.Unconfirmed {
		lines = append(lines, w.unconfirmed()...)
	}
	if len(w.l.Advised) > 0 && w.l.Kind != notify.Advisory {
		lines = append(lines, w.advised())
	}
	return lines
}

// begin is what to do first.
func (w writer) begin() []string {
	l, found := w.l, w.l.Findings()
	switch {
	case l.Kind == notify.Verify:
		return []string{
			w.T("Type this code into the portal to show that this mail reached you: %s", l.Code),
			w.T("It holds for a week. If you are not the contact of %s, please tell us.", w.org()),
		}
	case l.Kind == notify.Weekly && l.Counts.Urgent == 0 && found > 0:
		return []string{w.still(found), w.counts()}
	case l.Kind == notify.Weekly && l.Counts.Urgent == 0 && (l.Earlier != nil || len(l.Advised)+len(l.Endings) > 0):
		return []string{w.counts()}
	case l.Kind == notify.Weekly && l.Counts.Urgent == 0:
		return []string{w.T("There is nothing that you need to do this week."), w.counts()}
	case l.Kind == notify.Weekly:
		return []string{
			w.N("Please act on %s urgent finding this week.", "Please act on %s urgent findings this week.", l.Counts.Urgent),
			w.first(), w.counts(),
		}
	case l.Summary:
		return []string{
			w.N("Please look at %s new finding in the portal today.", "Please look at %s new findings in the portal today.", found),
			w.T("So much came at once that we do not list it here."),
		}
	case l.Kind == notify.Alert:
		return []string{
			w.N("Please act on %s finding today.", "Please act on %s findings today.", found), w.first(),
		}
	case l.Kind == notify.Unconfirmed:
		return w.unconfirmed()
	case l.Kind == notify.PermissionEnds:
		return []string{
			w.T("Please renew your permission to scan, or scanning ends with it."),
			w.T("It ends on %s.", w.day(l.Endings[0].At)),
		}
	case l.Kind == notify.Advisory:
		return []string{w.advised()}
	case found > 0:
		return []string{w.still(found), w.first()}
	case len(l.Endings) == 0:
		return nil
	case l.Earlier != nil || len(l.Advised) > 0:
		return []string{w.T("Please decide what is to become of what ends soon.")}
	}
	return []string{w.T("Please decide what is to become of what ends soon."), w.T("Nothing else needs you today.")}
}

func (w writer) still(found int) string {
	return w.N("Please see to %s finding that is still there.", "Please see to %s findings that are still there.", found)
}

// unconfirmed asks for the word that somebody else owes.
func (w writer) unconfirmed() []string {
	e := w.l.Earlier
	return []string{
		w.T("Please open the weekly report %s of %s and confirm it.", e.Week, w.org()),
		w.T("It was sent on %s to %s, and nobody has confirmed it since.", w.day(e.At), cmp.Or(clean(e.Name, 100), w.T("another contact"))),
	}
}

// advised says what is to be done about advisories.
func (w writer) advised() string {
	open, holds := 0, 0
	for _, a := range w.l.Advised {
		if !a.Withdrawn {
			open, holds = open+a.Open, holds+1
		}
	}
	if holds == 0 {
		return w.T("What we advised before holds no more. Read why below.")
	}
	return w.N("Please do what is advised below: it is about %s finding of yours.", "Please do what is advised below: it is about %s findings of yours.", open)
}

// first says where to begin.
func (w writer) first() string {
	if len(w.l.Matters) == 0 {
		return ""
	}
	m := w.l.Matters[0]
	begin := w.N("Begin with: %[2]s, at %[1]s place.", "Begin with: %[2]s, at %[1]s places.", len(m.Places)+m.Left, w.title(m))
	if m.Due != nil {
		begin += " " + w.T("It is due by %s.", w.day(*m.Due))
	}
	return begin
}

// title is the check's, in the reader's language where it is one of ours.
func (w writer) title(m notify.Matter) string { return clean(w.Word(m.Title), 200) }

func (w writer) counts() string {
	c := w.l.Counts
	return w.T("Open: %s. New this week: %s. Fixed this week: %s. Overdue: %s.",
		w.Number(c.Open), w.Number(c.New), w.Number(c.Fixed), w.Number(c.Overdue))
}

// Subject is a letter's own, without its words.
func Subject(n notify.Notice, s Sender, p *locale.Printer) string {
	return newWriter(n, s, p).subject()
}
