package press

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/manifest"
	"github.com/ciiscan/ciiscan/reports/run"
)

var now = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// a shelf keeps one edition in memory.
type shelf struct {
	edition  run.Edition
	taken    bool
	snapshot []byte
	before   *run.Facts
	kept     []run.Made
	failed   []error
	keepErr  error
}

func newShelf() *shelf {
	return &shelf{edition: run.Edition{
		Num: 1, ID: "weekly-ORG-7-2026-W47", Kind: run.Operator, Org: "ORG-7", Week: "2026-W47", Revision: 1, From: now.AddDate(0, 0, -7), To: now,
	}}
}

func (s *shelf) TakeEdition(context.Context, int64, time.Duration) (run.Edition, bool, error) {
	if s.taken {
		return run.Edition{}, false, nil
	}
	s.taken = true
	return s.edition, true, nil
}

func (s *shelf) LeaveEdition(context.Context, int64) error { s.taken = false; return nil }

func (s *shelf) EditionSnapshot(_ context.Context, _ run.Edition, take func() (reports.Data, error)) (reports.Data, error) {
	if s.snapshot == nil {
		d, err := take()
		if err != nil {
			return d, err
		}
		if s.snapshot, err = reports.EncodeData(d); err != nil {
			return d, err
		}
	}
	return reports.DecodeData(s.snapshot)
}

func (s *shelf) FactsBefore(context.Context, run.Edition) (*run.Facts, error) { return s.before, nil }

func (s *shelf) KeepEdition(_ context.Context, _ run.Edition, m run.Made) error {
	if s.keepErr == nil {
		s.kept, s.taken = append(s.kept, m), false
	}
	return s.keepErr
}

func (s *shelf) EditionFailed(_ context.Context, _ int64, cause error) error {
	s.failed, s.taken = append(s.failed, cause), false
	return nil
}

func (s *shelf) Organization(context.Context, inventory.OrganizationID) (inventory.Organization, error) {
	return inventory.Organization{ID: "ORG-7", Name: "Grid", Contacts: []inventory.Contact{{Role: inventory.RoleTechnical, Email: "a@example.org"}}}, nil
}

// ink prints, or fails.
type ink struct {
	err      error
	attached []string
}

func (p *ink) Print(_ context.Context, id string, page []byte, attach []reports.File) ([]byte, error) {
	p.attached = nil
	for _, f := range attach {
		p.attached = append(p.attached, f.Name)
	}
	if !strings.Contains(string(page), id) {
		return nil, errors.New("another page")
	}
	return []byte("%PDF-" + id), p.err
}

type seal struct{}

func (seal) Sign(text []byte) (string, error) { return "signed: " + run.SHA256(text), nil }

func newPress(s *shelf, p Printer) *Press {
	return &Press{
		Store: s, Printer: p, Signer: seal{}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		Options: func(string) reports.Options { return reports.Options{} },
		Take: func(_ context.Context, e run.Edition) (reports.Data, error) {
			org := inventory.Organization{ID: e.Org, Name: "Grid", TimeZone: "UTC"}
			return reports.Data{
				Org: &org, Orgs: map[inventory.OrganizationID]inventory.Organization{e.Org: org}, From: e.From, To: e.To, At: now, Subject: reports.Subject{Org: e.Org},
			}, nil
		},
	}
}

func files(m run.Made) map[string]string {
	out := map[string]string{}
	for _, f := range m.Files {
		out[f.Name] = string(f.Data)
	}
	return out
}

func TestMakeProvesEveryFile(t *testing.T) {
	s, p := newShelf(), &ink{}
	s.edition.Note = "Call us."
	if err := newPress(s, p).Make(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	all := files(s.kept[0])
	text := all["weekly-ORG-7-2026-W47"+manifest.Suffix]
	m, err := manifest.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range all {
		if strings.Contains(name, manifest.Suffix) {
			continue
		}
		if listed, ok := m.Find(run.SHA256([]byte(content))); !ok || listed != name {
			t.Errorf("%s is not in the manifest", name)
		}
	}
	if all["weekly-ORG-7-2026-W47"+manifest.SignatureSuffix] != "signed: "+run.SHA256([]byte(text)) {
		t.Error("what was signed is not the manifest")
	}
	if !strings.Contains(all["weekly-ORG-7-2026-W47.html"], "Call us.") || !slices.Contains(p.attached, "weekly-ORG-7-2026-W47.json") {
		t.Errorf("attached %v", p.attached)
	}
	if k := s.kept[0]; k.State != run.Checked || k.Printed != run.PrintDone || k.Facts.Contacts != 1 {
		t.Errorf("kept %s %s %+v", k.State, k.Printed, k.Facts)
	}
}

// Making it again, of the snapshot, gives the same bytes.
func TestMakeAgainGivesTheSameBytes(t *testing.T) {
	s := newShelf()
	press := newPress(s, nil)
	for range 2 {
		if err := press.Make(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		press.Take = func(context.Context, run.Edition) (reports.Data, error) {
			return reports.Data{}, errors.New("taken again")
		}
	}
	first, second := files(s.kept[0]), files(s.kept[1])
	if len(first) == 0 || len(first) != len(second) || s.kept[0].Printed != run.PrintAbsent {
		t.Fatalf("%d and %d files, %s", len(first), len(second), s.kept[0].Printed)
	}
	for name := range first {
		if first[name] != second[name] {
			t.Errorf("%s differs", name)
		}
	}
}

func TestMakeOutlivesFaults(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		spoil  func(*shelf, *Press)
		kept   run.State // "" when nothing was
		failed bool
	}{
		{"Chromium dies", t.Context(), func(_ *shelf, p *Press) { p.Printer = &ink{err: errors.New("killed")} }, run.NotRendered, false},
		{"the snapshot fails", t.Context(), func(_ *shelf, p *Press) {
			p.Take = func(context.Context, run.Edition) (reports.Data, error) {
				return reports.Data{}, errors.New("odd data")
			}
		}, "", true},
		{"the snapshot is another's", t.Context(), func(s *shelf, _ *Press) { s.edition.Week = "2026-W01" }, "", true},
		{"the database goes away", t.Context(), func(s *shelf, _ *Press) { s.keepErr = inventory.ErrUnavailable }, "", false},
		{"ciiscand is stopped", gone, func(_ *shelf, p *Press) { p.Printer = &ink{err: context.Canceled} }, "", false},
	} {
		s := newShelf()
		press := newPress(s, &ink{})
		c.spoil(s, press)
		if err := press.Make(c.ctx, 1); err == nil {
			t.Errorf("%s: no error, so it is not tried again", c.name)
		}
		if s.taken {
			t.Errorf("%s: nobody else can make it", c.name)
		}
		if c.kept != "" && (len(s.kept) != 1 || s.kept[0].State != c.kept) || c.kept == "" && len(s.kept) != 0 {
			t.Errorf("%s: kept %+v", c.name, s.kept)
		}
		if (len(s.failed) > 0) != c.failed {
			t.Errorf("%s: noted as failed: %v", c.name, s.failed)
		}
	}
}

func TestMakeLeavesWhatSomebodyIsAt(t *testing.T) {
	s := newShelf()
	s.taken = true
	if err := newPress(s, nil).Make(t.Context(), 1); err != nil || len(s.kept) != 0 {
		t.Errorf("Make = %v, kept %d", err, len(s.kept))
	}
}
