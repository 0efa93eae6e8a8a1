package main

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/queue"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/manifest"
	"github.com/ciiscan/ciiscan/reports/pdf"
	edition "github.com/ciiscan/ciiscan/reports/run"
)

// TestWeeklyRun takes a run from its beginning to signed files of everybody,
// with two ciiscands at work of which one dies in the middle.
func TestWeeklyRun(t *testing.T) {
	ctx := t.Context()
	url := storetest.NewDB(t).URL
	inserter, err := queue.NewInserter()
	if err != nil {
		t.Fatal(err)
	}
	st := storetest.Open(t, url, store.Options{Now: time.Now, Enqueue: inserter})
	var orgs []inventory.OrganizationID
	for _, name := range []string{"Grid", "Water", "Rail"} {
		o, err := st.CreateOrganization(ctx, "mara", inventory.Organization{
			Name: name, Sector: inventory.SectorEnergy, Country: "LK", TimeZone: "Asia/Colombo",
			Contacts: []inventory.Contact{{Role: inventory.RoleTechnical, Name: "Desk", Email: "desk@example.org", Language: "si"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		orgs = append(orgs, o.ID)
	}
	w := newTestWeekly(t, st)
	from, to, week := edition.Period(time.Now(), time.UTC)
	r, err := st.BeginRun(ctx, "mara", from, to, week)
	if err != nil || r.Total() != 5 {
		t.Fatalf("the run has %d editions, %v", r.Total(), err)
	}
	// One that was killed holds a lease on the first, which ends.
	all, _, err := st.Editions(ctx, edition.Filter{Run: r.ID, Org: orgs[0]}, inventory.Page{})
	if err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	if _, taken, err := st.TakeEdition(ctx, all[0].Num, 2*time.Second); err != nil || !taken {
		t.Fatal(taken, err)
	}
	working, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	for range 2 {
		done.Go(func() {
			if err := queue.Run(working, url, queue.Options{JudgeSlots: 2, Edition: w.press.Make, Log: slog.New(slog.DiscardHandler)}); err != nil {
				t.Error(err)
			}
		})
	}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(500 * time.Millisecond) {
		if r, err = st.Run(ctx, r.ID); err != nil {
			t.Fatal(err)
		}
		if r.Counts[edition.Making] == 0 && r.Counts[edition.NotRendered] == 0 {
			break
		}
		if time.Now().After(end) {
			all, _, err := st.Editions(ctx, edition.Filter{Run: r.ID}, inventory.Page{})
			for _, e := range all {
				t.Logf("%s is %s: %s", e.ID, e.State, e.Problem)
			}
			t.Fatalf("it never ends: %v %v", r.Counts, err)
		}
		if err := st.ReapEditions(ctx); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	done.Wait()
	made, _, err := st.Editions(ctx, edition.Filter{Run: r.ID}, inventory.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range made {
		w.examine(t, e.ID)
	}
}

func newTestWeekly(t *testing.T, st *store.Store) *weekly {
	t.Helper()
	private, err := pgp.Generate("CERT", "cert@cert.example", "", time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := pgp.Load(private, "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Config{Report: config.Report{Schedule: "0 6 * * 1", TimeZone: "Asia/Colombo"}}
	w, err := newWeekly(st, signer, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// examine holds an edition's files to its signed manifest.
func (w *weekly) examine(t *testing.T, id edition.EditionID) {
	t.Helper()
	e, err := w.store.Edition(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	content := map[string][]byte{}
	for _, f := range e.Files {
		if _, content[f.Name], err = w.store.EditionFile(t.Context(), id, f.Name); err != nil {
			t.Fatal(err)
		}
	}
	text := content[string(id)+manifest.Suffix]
	m, err := manifest.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	key := pgp.PinnedKey{Fingerprint: w.fingerprint, Armored: w.press.Signer.(*pgp.Signer).PublicKey()}
	if r := pgp.Verify(text, content[string(id)+manifest.SignatureSuffix], []pgp.PinnedKey{key}, time.Now()); r.Status != pgp.Good {
		t.Errorf("%s: the signature is %s: %s", id, r.Status, r.Why)
	}
	for _, s := range m.Sums {
		if edition.SHA256(content[s.Name]) != s.SHA256 {
			t.Errorf("%s is not what the manifest says", s.Name)
		}
	}
	if _, err := pdf.Find(""); err != nil {
		t.Log("no Chromium is installed here (scripts/setup.sh installs it): no PDF was looked at")
	} else if _, there := content[string(id)+".pdf"]; !there || e.Printed != edition.PrintDone {
		t.Errorf("%s has no PDF: %s %s", id, e.Printed, e.Problem)
	}
}
