package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/reports/manifest"
	"github.com/ciiscan/ciiscan/reports/run"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// sentEdition is one that its operator may see, with a flag that it may not.
func sentEdition() run.Edition {
	at := apitest.Noon
	id := run.IDOf(run.Operator, "ORG-1", "energy", "2026-W47", 1)
	return run.Edition{
		Num: 1, ID: id, Run: "RUN-1", Kind: run.Operator, Org: "ORG-1", OrgName: "Grid", Sector: "energy", Week: "2026-W47", Revision: 1, Latest: true,
		State: run.Sent, Flags: []run.Flag{run.FlagDrop}, Printed: run.PrintDone, Version: 3, MadeAt: &at, HeldFor: "we wondered",
		ApprovedBy: "mara", ApprovedAt: &at, SentBy: "mara", SentAt: &at,
		Files: []run.File{
			{Name: string(id) + ".html", MediaType: "text/html; charset=utf-8", Size: 9, SHA256: strings.Repeat("a", 64)},
			{Name: string(id) + manifest.Suffix, MediaType: "text/plain", Size: 9, SHA256: strings.Repeat("b", 64), Proof: true},
		},
		Deliveries: []run.Delivery{{Num: 4, Edition: id, Org: "ORG-1", Name: "Desk", Email: "desk@example.org", State: run.DeliverySent, QueuedAt: at}},
	}
}

// edition makes one of another state or owner.
func edition(change func(*run.Edition)) run.Edition {
	e := sentEdition()
	change(&e)
	e.ID = run.IDOf(e.Kind, e.Org, e.Sector, e.Week, e.Revision)
	return e
}

func TestOperatorsSeeTheirOwnSentReports(t *testing.T) {
	f := apitest.New()
	own := sentEdition()
	rival := edition(func(e *run.Edition) { e.Org = "ORG-2" })
	draft := edition(func(e *run.Edition) { e.Week, e.State = "2026-W46", run.Draft })
	f.Issued = []run.Edition{own, rival, draft}
	h := newAPI(t, f)
	path := Base + "/reports/" + string(own.ID)

	var list wire.List[wire.Report]
	for _, query := range []string{"", "?org=ORG-2", "?state=draft&state=sent"} {
		w := call(h, auth.Operator, http.MethodGet, Base+"/reports"+query, "")
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list.Items) != 1 || list.Items[0].ID != string(own.ID) {
			t.Errorf("list%s = %d %s", query, w.Code, w.Body)
		}
	}
	if r := list.Items[0]; len(r.Flags) != 0 || r.HeldFor != "" || r.ApprovedBy != "" {
		t.Errorf("its reader is told how it came about: %+v", r)
	}
	for _, id := range []run.EditionID{rival.ID, draft.ID} {
		for method, tail := range map[string]string{
			http.MethodGet: "", "GET ": "/files/" + string(id) + ".html", "GET  ": "/scope", http.MethodPost: "/acknowledge",
		} {
			if w := call(h, auth.Operator, strings.TrimSpace(method), Base+"/reports/"+string(id)+tail, ""); w.Code != http.StatusNotFound {
				t.Errorf("%s of %s = %d, want 404", tail, id, w.Code)
			}
		}
	}
	var detail wire.ReportDetail
	w := call(h, auth.Operator, http.MethodGet, path, "")
	if err := json.Unmarshal(w.Body.Bytes(), &detail); err != nil || len(detail.Files) != 2 || len(detail.Deliveries) != 0 {
		t.Errorf("its own = %d %s", w.Code, w.Body)
	}
	call(h, auth.Operator, http.MethodGet, path+"/files/"+string(own.ID)+".html", "")
	call(h, auth.Analyst, http.MethodGet, path, "") // looks at the board: nothing is opened
	opened := slices.DeleteFunc(slices.Clone(f.Acts), func(a string) bool { return !strings.Contains(a, "report.open") })
	if len(opened) != 2 || !strings.HasSuffix(opened[1], ".html") {
		t.Errorf("kept as opened: %q, want the page and the file", opened)
	}
}

func TestDecideReports(t *testing.T) {
	f := apitest.New()
	f.Issued = []run.Edition{sentEdition(), edition(func(e *run.Edition) { e.Week, e.State = "2026-W48", run.Draft })}
	h := newAPI(t, f)
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"nothing is named":      {`{"action":"approve"}`, 422},
		"both are named":        {`{"action":"approve","run":"RUN-1","reports":["x"]}`, 422},
		"an unknown act":        {`{"action":"burn","run":"RUN-1"}`, 422},
		"one that is not there": {`{"action":"approve","reports":["x"]}`, 404},
		"one with a flag":       {`{"action":"approve","reports":["weekly-ORG-1-2026-W48"]}`, 409},
		"a draft is checked":    {`{"action":"check","reports":["weekly-ORG-1-2026-W48"]}`, 200},
		"two, one was sent":     {`{"action":"check","reports":["weekly-ORG-1-2026-W47","weekly-ORG-1-2026-W48"]}`, 200},
	} {
		if w := call(h, auth.Analyst, http.MethodPost, Base+"/reports/decide", c.body); w.Code != c.want {
			t.Errorf("%s = %d %s, want %d", name, w.Code, w.Body, c.want)
		}
	}
	if w := call(h, auth.Analyst, http.MethodPost, Base+"/reports/weekly-ORG-1-2026-W48/note", `{"note":"x","version":1}`); w.Code != http.StatusPreconditionFailed {
		t.Errorf("a note on an old version = %d, want 412", w.Code)
	}
}

// Anybody may prove a file, and learns nothing else.
func TestVerifyReport(t *testing.T) {
	f := apitest.New()
	draft := edition(func(e *run.Edition) { e.Week, e.State = "2026-W46", run.Approved })
	f.Issued = []run.Edition{sentEdition(), draft}
	h := newAPI(t, f)
	w := call(h, "", http.MethodGet, Base+"/verify/"+string(sentEdition().ID), "")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), strings.Repeat("a", 64)) {
		t.Errorf("verify = %d %s", w.Code, w.Body)
	}
	for _, secret := range []string{"Grid", "energy", "mara", "desk@example.org", "wondered"} {
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("it tells %q", secret)
		}
	}
	if w := call(h, "", http.MethodGet, Base+"/verify/"+string(draft.ID), ""); w.Code != http.StatusNotFound {
		t.Errorf("one that was not sent = %d", w.Code)
	}
	if w := call(h, "", http.MethodGet, Base+"/reports/"+string(sentEdition().ID), ""); w.Code != http.StatusUnauthorized {
		t.Errorf("the report itself = %d", w.Code)
	}
}
