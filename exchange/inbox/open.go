package inbox

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/bundle"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/inventory"
)

// An Opening is what a file is opened with.
type Opening struct {
	Own   *pgp.Signer     // our key; nil opens nothing that is encrypted
	Teams []exchange.Team // all whose keys are pinned
	// Team is whose the file is, as the person says who brings it. With "" a
	// mail or bundle is whose signature is around it.
	Team exchange.TeamID
	// Signature is the detached one that came beside the file, if any.
	Signature []byte
	At        time.Time
}

// An Opened is what a file held.
type Opened struct {
	Team     exchange.TeamID
	Arrivals []Arrival
	// Receipts of a bundle acknowledge files of ours, by hash.
	Receipts []bundle.Receipt
	Bundle   *bundle.Received // of a bundle, without its entries; Sequence is to be noted
	Text     string           // of a mail
	Left     []string         // files that are no documents, by name
}

var headerLine = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9-]{0,60}:|From )`)

// Open opens a file that a person brings: a CSAF document, a STIX bundle, a
// MISP event, a mail (.eml) or an offline bundle. What it is, its first bytes
// say. Errors are an InputError, or ErrForbidden for a bundle that is not
// signed as it has to be; archives are never unpacked.
func Open(name string, raw []byte, o Opening) (Opened, error) {
	name = inventory.CleanText(path.Base(strings.ReplaceAll(name, `\`, "/")), 200)
	text := bytes.TrimSpace(raw[:min(len(raw), 4096)])
	switch kind := archive(raw); {
	case kind != "":
		return Opened{}, invalid(name, fmt.Sprintf("is a %s file, which is not opened", kind), "unpack it, look at what is in it, and bring the documents")
	case len(text) == 0:
		return Opened{}, invalid(name, "is empty", "")
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return Opened{}, invalid(name, "is written in UTF-16", "documents are UTF-8: ask for it again")
	case text[0] == '{' || bytes.HasPrefix(text, []byte("\ufeff{")):
		return o.document(name, raw)
	case raw[0]&0x80 != 0 || bytes.HasPrefix(text, []byte("-----BEGIN PGP MESSAGE")):
		return o.bundle(raw)
	case headerLine.Match(text):
		return o.mail(raw)
	}
	return Opened{}, invalid(name, "is neither a document, nor a mail, nor a bundle", "bring CSAF, STIX or MISP JSON, an .eml file or a CIIScan bundle")
}

func invalid(name, message, hint string) error {
	return &inventory.InputError{Field: "file", Value: name, Message: message, Hint: hint}
}

// document is a single file. By which channel it would have come, its format
// says.
func (o Opening) document(name string, raw []byte) (Opened, error) {
	if len(raw) > MaxBytes {
		return Opened{}, invalid(name, fmt.Sprintf("has %d bytes, and at most %d are read", len(raw), MaxBytes), "")
	}
	a := Arrival{Team: o.Team, Channel: exchange.ChannelBundle, Name: name, MediaType: "application/json", Raw: raw, Signature: o.Signature, At: o.At}
	if a.Team == "" && len(o.Signature) > 0 {
		result := pgp.Verify(raw, o.Signature, Pins(o.Teams...), o.At)
		if t, ok := Signer(result.Fingerprint, o.Teams...); ok {
			a.Team = t.ID
		}
	}
	if a.Team == "" {
		return Opened{}, nobody(name)
	}
	return Opened{Team: a.Team, Arrivals: Split(a)}, nil
}

func nobody(name string) error {
	return &inventory.InputError{Field: "team", Message: "is missing: no known signature says whose " + name + " is", Hint: "say from which team you have it, such as TEAM-3"}
}

func (o Opening) mail(raw []byte) (Opened, error) {
	m, err := mail.Parse(raw, mail.Keys{Own: o.Own, Pinned: Pins(o.Teams...)}, o.At, mail.Limits{})
	if err != nil {
		return Opened{}, err
	}
	out := Opened{Team: o.Team, Text: m.Text, Left: m.Left}
	if out.Team == "" {
		out.Team = o.signerOf(m)
	}
	if out.Team == "" {
		return Opened{}, nobody("the mail")
	}
	for _, d := range m.Documents {
		signature := d.Signature
		out.Arrivals = append(out.Arrivals, Split(Arrival{
			Team: out.Team, Channel: exchange.ChannelMail, Name: d.Name, MediaType: d.MediaType, Raw: d.Bytes, Around: &signature, At: o.At,
		})...)
	}
	return out, nil
}

// signerOf is the one team that signed the mail or its documents.
func (o Opening) signerOf(m mail.Mail) exchange.TeamID {
	results := []pgp.Result{m.Signature}
	for _, d := range m.Documents {
		results = append(results, d.Signature)
	}
	var found exchange.TeamID
	for _, r := range results {
		if t, ok := Signer(r.Fingerprint, o.Teams...); ok && r.Status == pgp.Good {
			if found != "" && found != t.ID {
				return ""
			}
			found = t.ID
		}
	}
	return found
}

func (o Opening) bundle(raw []byte) (Opened, error) {
	if o.Own == nil {
		return Opened{}, invalid("bundle", "is encrypted, and there is no key here to open it", "give the installation its OpenPGP key")
	}
	b, err := bundle.Read(bytes.NewReader(raw), o.Own, Pins(o.Teams...), o.At, bundle.Limits{})
	if err != nil {
		return Opened{}, err
	}
	signer, ok := Signer(b.Signature.Fingerprint, o.Teams...)
	if !ok || o.Team != "" && o.Team != signer.ID {
		return Opened{}, fmt.Errorf("the bundle is signed by %s (%s), not by %s: %w", signer.Name, signer.ID, o.Team, inventory.ErrForbidden)
	}
	out := Opened{Team: signer.ID}
	for _, e := range b.Entries {
		if e.Kind == bundle.KindReceipt {
			r, err := e.Receipt()
			if err != nil {
				out.Left = append(out.Left, e.Name)
				continue
			}
			out.Receipts = append(out.Receipts, r)
			continue
		}
		a := Arrival{
			Team: signer.ID, Channel: exchange.ChannelBundle, Name: e.Name, MediaType: e.MediaType, Raw: e.Bytes,
			Signature: []byte(e.Signature), Around: &b.Signature, At: o.At,
		}
		out.Arrivals = append(out.Arrivals, Split(a)...)
	}
	// The signed original first: what says the same is a duplicate of it.
	sortSignedFirst(out.Arrivals)
	b.Entries = nil
	out.Bundle = &b
	return out, nil
}

// sortSignedFirst puts those with a signature of their own before the others.
func sortSignedFirst(list []Arrival) {
	slices.SortStableFunc(list, func(a, b Arrival) int {
		return cmp.Compare(min(len(b.Signature), 1), min(len(a.Signature), 1))
	})
}
