package delivery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A Notifier mails operators that a peer's document concerns them. It may be
// used by several goroutines.
type Notifier struct {
	Post   Postman     // nil: no mail server is known
	Signer *pgp.Signer // nil: there is no key here to sign with
	From   string
	Now    func() time.Time
}

// Notify mails an operator's contacts that a received document concerns its
// assets, and tells whether any of them got it: false without error when no
// mail can be sent from here or to them.
//
// What the document says is told only if details is set and its label lets it
// go beyond the CERT itself, TLP:AMBER at most, and above TLP:GREEN only
// encrypted to the contact's own key. Whoever may not read it learns that it
// is there. Who published it is never told: an agreement may forbid that.
//
// The same notice to the same contact keeps its Message-ID.
func (n *Notifier) Notify(ctx context.Context, org inventory.Organization, in exchange.Inbound, assets []inventory.AssetID, details bool) (bool, error) {
	if n.Post == nil || n.Signer == nil || len(assets) == 0 {
		return false, nil
	}
	told := false
	var failed []error
	for _, c := range noticed(org) {
		if err := n.notifyOne(ctx, org, c, notice{in, assets, details}); err != nil {
			failed = append(failed, fmt.Errorf("notify %s of %s: %w", c.Email, org.ID, err))
			continue
		}
		told = true
	}
	return told, errors.Join(failed...)
}

func (n *Notifier) notifyOne(ctx context.Context, org inventory.Organization, c inventory.Contact, about notice) error {
	at := n.Now()
	key, err := pgp.Inspect(c.OpenPGPKey, at)
	encrypt := err == nil && key.CanEncrypt // a key that is no good is none
	m := mail.Message{From: n.From, To: []string{c.Email}, At: at}
	m.Subject, m.Text = fmt.Sprintf("Notice %s from your CERT", about.in.ID), about.bare()
	if about.tellable(encrypt) {
		m.Text = about.full()
		if encrypt {
			m.Subject = fmt.Sprintf("[%s] %s", about.in.Document.TLP, about.title())
		}
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{string(org.ID), string(c.ID), c.Email, m.Text}, "\x00")))
	m.ID = fmt.Sprintf("%s.%x.notice", strings.ToLower(string(about.in.ID)), sum[:10])
	var raw []byte
	if encrypt {
		raw, err = mail.Compose(m, n.Signer, []string{c.OpenPGPKey})
	} else {
		raw, err = mail.ComposeSigned(m, n.Signer)
	}
	if err != nil {
		return err
	}
	return n.Post.Send(ctx, m.From, m.To, raw)
}

// noticed are the contacts for what an operator should do: those of the first
// role that has any with an address, each address once.
func noticed(org inventory.Organization) []inventory.Contact {
	for _, role := range []inventory.ContactRole{inventory.RoleTechnical, inventory.RoleDistribution, inventory.RoleEmergency} {
		var out []inventory.Contact
		seen := map[string]bool{"": true}
		for _, c := range org.Contacts {
			if address := strings.ToLower(c.Email); c.Role == role && !seen[address] {
				seen[address], out = true, append(out, c)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// A notice is what there is to tell.
type notice struct {
	in      exchange.Inbound
	assets  []inventory.AssetID
	details bool
}

// tellable tells whether the document's content may stand in a mail.
func (n notice) tellable(encrypted bool) bool {
	ceiling := advisory.Green
	if encrypted {
		ceiling = advisory.Amber
	}
	return n.details && n.in.Document.TLP.AtMost(ceiling)
}

func (n notice) title() string {
	return cmp.Or(strings.Join(strings.Fields(inventory.CleanText(n.in.Document.Title, 200)), " "), "advisory "+string(n.in.ID))
}

// bare tells that there is something, and nothing of what it is.
func (n notice) bare() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Please ask your CERT for notice %s: by its portal, or your contact there.\n\n", n.in.ID)
	fmt.Fprintf(&b, "It has received an advisory that concerns %s of yours. What the advisory says\nmay not be told in this mail.\n", counted(len(n.assets), "asset"))
	if n.tellable(true) {
		b.WriteString("\nIf you give the CERT an OpenPGP key of yours that is valid, such notices come in\nfull, and encrypted.\n")
	}
	return b.String()
}

// maxNamed is how many assets stand in a mail.
const maxNamed = 200

// full tells what to do, and why. The document's own words are indented, and
// can be taken for nobody else's.
func (n notice) full() string {
	d := n.in.Document
	var b strings.Builder
	todo := "apply the fix below"
	if d.Remediation == "" {
		todo = "see who can reach them: the advisory names no fix"
	}
	fmt.Fprintf(&b, "Please check the %s at the end of this mail, and %s.\n\n", counted(len(n.assets), "asset"), todo)
	fmt.Fprintf(&b, "An advisory of another CERT may concern them:\n\n  %s\n\n", n.title())
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s%s\n", label, value)
		}
	}
	line("Is about", kindOf(d.Category))
	line("Severity", string(d.Severity))
	line("CVEs", quoted(strings.Join(d.CVEs, ", "), 1000))
	line("Handling", d.TLP.String()+". "+handling[d.TLP])
	for _, part := range []struct{ title, text string }{{"What it says", d.Summary}, {"Fix", d.Remediation}} {
		if part.text != "" {
			fmt.Fprintf(&b, "\n%s:\n\n  %s\n", part.title, quoted(part.text, 4000))
		}
	}
	b.WriteString("\nYour assets:\n\n")
	for _, a := range n.assets[:min(len(n.assets), maxNamed)] {
		fmt.Fprintf(&b, "  %s\n", a)
	}
	if more := len(n.assets) - maxNamed; more > 0 {
		fmt.Fprintf(&b, "  and %d more\n", more)
	}
	fmt.Fprintf(&b, "\nTo see what was found on them:\n\n  ciiscan inbox matches %s\n", n.in.ID)
	return b.String()
}

// handling is what a label (TLP 2.0) lets the reader do.
var handling = map[advisory.TLP]string{
	advisory.Clear: "You may tell it to anybody.",
	advisory.Green: "You may tell it to others who protect such systems, and not publish it.",
	advisory.Amber: "You may tell it to those in your organisation, and of its clients, who need it to protect themselves, and to nobody else.",
}

func kindOf(c advisory.Category) string {
	switch c {
	case advisory.Vulnerability:
		return "a vulnerability"
	case advisory.Exposure:
		return "a service or setting that should not be open"
	case advisory.Indicators:
		return "traces of an attack to look for"
	case advisory.Incident:
		return "an incident"
	case advisory.Statistics:
		return "figures of what was seen"
	}
	return ""
}

// quoted is a stranger's text, cleaned, each line of it indented.
func quoted(s string, most int) string {
	return strings.ReplaceAll(strings.TrimSpace(inventory.CleanText(s, most)), "\n", "\n  ")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
