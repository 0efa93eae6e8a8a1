// Package press makes the editions of a weekly run: it takes the snapshot,
// renders, prints, lists what it made in a manifest, signs that, and keeps it
// all. It may be stopped at any moment and begun again: until an edition is
// kept whole, nothing of it is.
package press

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/manifest"
	"github.com/ciiscan/ciiscan/reports/run"
)

// Lease is how long one edition may take.
const Lease = 6 * time.Minute

// Store keeps editions.
type Store interface {
	TakeEdition(ctx context.Context, num int64, lease time.Duration) (run.Edition, bool, error)
	LeaveEdition(ctx context.Context, num int64) error
	EditionSnapshot(ctx context.Context, e run.Edition, take func() (reports.Data, error)) (reports.Data, error)
	FactsBefore(ctx context.Context, e run.Edition) (*run.Facts, error)
	KeepEdition(ctx context.Context, e run.Edition, m run.Made) error
	EditionFailed(ctx context.Context, num int64, cause error) error
	Organization(ctx context.Context, id inventory.OrganizationID) (inventory.Organization, error)
}

// A Printer makes a PDF of a self-contained page, with other files attached.
type Printer interface {
	Print(ctx context.Context, id string, page []byte, attach []reports.File) ([]byte, error)
}

// ErrNoPrinter says that there is no Chromium here: the report is then sent
// without a PDF.
var ErrNoPrinter = errors.New("there is no Chromium here to print with")

// A Signer makes detached armoured OpenPGP signatures.
type Signer interface {
	Sign(text []byte) (string, error)
}

// A Press makes editions.
type Press struct {
	Store Store
	// Take takes the snapshot of an edition, and says in which languages its
	// readers want it (reports.Issue.Languages).
	Take func(ctx context.Context, e run.Edition) (reports.Data, error)
	// Options are how pages look in a language.
	Options func(language string) reports.Options
	Printer Printer // nil means that there is none
	Signer  Signer  // nil leaves the manifest unsigned
	Now     func() time.Time
	Log     *slog.Logger
}

// Make makes an edition, unless it is made or somebody is at it. What fails is
// noted on the edition, where people see it, and returned, to be tried again.
func (p *Press) Make(ctx context.Context, num int64) error {
	e, taken, err := p.Store.TakeEdition(ctx, num, Lease)
	if err != nil || !taken {
		return err
	}
	m, err := p.make(ctx, e)
	if err == nil {
		err = p.Store.KeepEdition(ctx, e, m)
	}
	if err == nil {
		p.Log.InfoContext(ctx, "edition made", "edition", e.ID, "state", m.State, "files", len(m.Files), "printed", m.Printed)
		if m.Printed == run.PrintFailed {
			return fmt.Errorf("print report %s: %s", e.ID, m.Problem)
		}
		return nil
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if ctx.Err() != nil || errors.Is(err, inventory.ErrUnavailable) { // not its fault
		return errors.Join(err, p.Store.LeaveEdition(after, num))
	}
	return errors.Join(fmt.Errorf("make report %s: %w", e.ID, err), p.Store.EditionFailed(after, num, err))
}

func (p *Press) make(ctx context.Context, e run.Edition) (run.Made, error) {
	var m run.Made
	data, err := p.Store.EditionSnapshot(ctx, e, func() (reports.Data, error) {
		d, err := p.Take(ctx, e)
		d.Issue = reports.Issue{Week: e.Week, Revision: e.Revision, Because: e.Because, Languages: d.Issue.Languages}
		return d, err
	})
	if err != nil {
		return m, err
	}
	data.Issue.Note = e.Note
	report, err := reports.Build(data)
	if err != nil {
		return m, err
	}
	if report.ID != string(e.ID) {
		return m, fmt.Errorf("the snapshot is that of report %s", report.ID)
	}
	files, err := p.render(report, data.Issue.Languages)
	if err != nil {
		return m, err
	}
	printed, err := p.print(ctx, report.ID, files)
	switch {
	case ctx.Err() != nil:
		return m, ctx.Err()
	case errors.Is(err, ErrNoPrinter):
		m.Printed = run.PrintAbsent
	case err != nil:
		m.Printed, m.Problem = run.PrintFailed, err.Error()
	default:
		m.Printed = run.PrintDone
		files = append(files, printed...)
	}
	if m.Facts, err = p.facts(ctx, e, report); err != nil {
		return m, err
	}
	before, err := p.Store.FactsBefore(ctx, e)
	if err != nil {
		return m, err
	}
	m.Flags = run.FlagsOf(e.Kind, m.Facts, before)
	if m.Printed == run.PrintFailed {
		m.Flags = append(m.Flags, run.FlagUnprint)
	}
	if m.Files, err = p.prove(e, files); err != nil {
		return m, err
	}
	m.State = run.AfterMaking(e, m.Printed, m.Flags)
	return m, nil
}

// render makes the files that programs read, once, and the page in English and
// in each of its readers' languages: all of the same report.
func (p *Press) render(r reports.Report, languages []string) ([]reports.File, error) {
	files, err := reports.Render(r, reports.Formats(), p.Options(locale.Default))
	for _, language := range languages {
		if err != nil {
			return nil, err
		}
		if locale.For(language).Tag() == locale.Default { // there is that
			continue
		}
		var page []reports.File
		page, err = reports.Render(r, []string{"html"}, p.Options(language))
		files = append(files, page...)
	}
	return files, err
}

// print makes a PDF of each page, with the data attached that programs read.
// Either all are sound, or there is none.
func (p *Press) print(ctx context.Context, id string, files []reports.File) ([]reports.File, error) {
	if p.Printer == nil {
		return nil, ErrNoPrinter
	}
	var pages, attach, out []reports.File
	for _, f := range files {
		switch f.MediaType {
		case reports.HTMLType:
			pages = append(pages, f)
		case reports.CSVType, reports.JSONType:
			attach = append(attach, f)
		}
	}
	for _, page := range pages {
		data, err := p.Printer.Print(ctx, id, page.Data, attach)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", page.Name, err)
		}
		out = append(out, reports.File{
			Name: strings.TrimSuffix(page.Name, ".html") + ".pdf", MediaType: reports.PDFType, Language: page.Language, Data: data,
		})
	}
	return out, nil
}

// facts reads the report's numbers, and who would be told of it.
func (p *Press) facts(ctx context.Context, e run.Edition, r reports.Report) (run.Facts, error) {
	if e.Kind != run.Operator {
		return run.FactsOf(r, 0), nil
	}
	org, err := p.Store.Organization(ctx, e.Org)
	if err != nil {
		return run.Facts{}, err
	}
	return run.FactsOf(r, len(run.Recipients(org.Contacts))), nil
}

// prove adds the manifest of all files, and its signature.
func (p *Press) prove(e run.Edition, files []reports.File) ([]run.MadeFile, error) {
	var out []run.MadeFile
	m := manifest.New(string(e.ID), p.Now())
	for _, f := range files {
		out = append(out, run.MadeFile{File: f})
		m.Add(f.Name, f.Data)
	}
	text := m.Text()
	proof := func(suffix, media string, data []byte) {
		out = append(out, run.MadeFile{File: reports.File{Name: string(e.ID) + suffix, MediaType: media, Data: data}, Proof: true})
	}
	proof(manifest.Suffix, "text/plain; charset=utf-8", text)
	if p.Signer == nil {
		return out, nil
	}
	signature, err := p.Signer.Sign(text)
	if err != nil {
		return nil, fmt.Errorf("sign the manifest: %w", err)
	}
	proof(manifest.SignatureSuffix, "application/pgp-signature", []byte(signature))
	return out, nil
}
