package findings_test

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
	"github.com/ciiscan/ciiscan/web/console/findings"
)

// look has a scan look where a finding is: it gets that answer, and sees the
// finding unless the answer is "".
func look(t *testing.T, w *consoletest.World, f inventory.Finding, answer string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, addr := w.Context(), netip.MustParseAddr(f.Addr.String())
	_, err := w.Store.CreateScan(ctx, "mara", scanner.Scan{Org: f.Org, Profile: "standard", Trigger: scanner.TriggerManual},
		[]scanner.Task{{Profile: "standard", Hosts: []scanner.Host{{Addr: addr, Asset: f.Asset, Class: inventory.IT}}}}, time.Time{}, time.Time{})
	must(err)
	task, ok, err := w.Store.ClaimTask(ctx, "worker-1", time.Minute)
	if err != nil || !ok {
		t.Fatalf("claimed %v, %v", ok, err)
	}
	at := inventory.Observation{Asset: f.Asset, Addr: addr, Port: f.Port, Transport: f.Transport, At: time.Now()}
	service := at
	service.Service = &inventory.Service{Name: "https", Product: "Portal", Version: "4.1", TLS: true, Banner: "Portal <b>ready</b>"}
	r := scanner.Report{Task: task, Outcome: inventory.Complete}
	r.Result.Method, r.Result.Requests = "syn", 2
	r.Result.Hosts = []inventory.HostResult{{Asset: f.Asset, Addr: addr, Outcome: inventory.Complete}}
	r.Result.Ports = []inventory.PortCoverage{{Asset: f.Asset, Addr: addr, Transport: f.Transport, Open: inventory.Ports(f.Port)}}
	r.Result.Checks = []inventory.CheckCoverage{{Asset: f.Asset, Addr: addr, Port: f.Port, Transport: f.Transport, Ran: []inventory.CheckID{f.Check}}}
	r.Result.Observations = []inventory.Observation{service}
	if answer != "" {
		seen := at
		seen.Match = &inventory.Match{Check: f.Check, Matcher: f.Matcher, Location: addr.String()}
		seen.Evidence = &inventory.Evidence{Request: []byte("GET / HTTP/1.1"), Response: []byte(answer)}
		r.Result.Observations = append(r.Result.Observations, seen)
	}
	must(w.Store.FinishTask(ctx, r))
	must(w.Store.Judge(ctx, task.ID, inventory.Judge))
}

// portal is Grid's finding of the portal, which a check sees by an answer.
func portal(t *testing.T, w *consoletest.World) inventory.Finding {
	t.Helper()
	i := slices.IndexFunc(w.Findings, func(f inventory.Finding) bool { return f.Org == w.Grid && f.Check == "test-portal" })
	if i < 0 {
		t.Fatal("the world has no such finding")
	}
	return w.Findings[i]
}

func TestLifeFromScanToScan(t *testing.T) {
	w := consoletest.New(t)
	f, operator, analyst := portal(t, w), w.As("operator"), w.As("analyst")
	path := "/findings/" + string(f.ID)
	look(t, w, f, "HTTP/1.1 403 Forbidden\nServer: Portal/4.2\nX-New: <i>1</i>\n\nno")
	page := analyst.Get(path)
	for _, want := range []string{"first seen", "seen again", "What answers there", "Portal &lt;b&gt;ready&lt;/b&gt;", path + "/compare?a="} {
		if !page.Has(want) {
			t.Errorf("the life has no %q", want)
		}
	}
	_, to, _ := strings.Cut(page.Body, `<a href="`+path+`/compare?`)
	to, _, _ = strings.Cut(to, `"`)
	page = operator.Get(path + "/compare?" + strings.ReplaceAll(to, "&amp;", "&"))
	for _, want := range []string{
		`<del><bdi dir="ltr">HTTP/1.1 200 OK</bdi></del>`, `<ins><bdi dir="ltr">HTTP/1.1 403 Forbidden</bdi></ins>`, `<bdi>server</bdi>`,
		`<ins><bdi dir="ltr">&lt;i&gt;1&lt;/i&gt;</bdi></ins>`, "Seen first on ", "<ins>+ Server: Portal/4.2</ins>",
	} {
		if !page.Has(want) {
			t.Errorf("the comparison (%d) has no %s", page.Status, want)
		}
	}
	look(t, w, f, "")
	page = operator.Get(path)
	if !page.Has("Not seen in the last look. Will be closed on or after ") || !page.Has("<strong>not seen</strong>") {
		t.Errorf("after a look that did not see it:\n%s", head(page))
	}
	operator.Post(path+"/answer", url.Values{"answer": {"fixed"}})
	look(t, w, f, "")
	if page = operator.Get(path); page.Has("Will be closed") || !page.Has("<strong>fixed</strong>") || page.Has(`id="answer"`) {
		t.Errorf("after it was closed:\n%s", head(page))
	}
	look(t, w, f, "HTTP/1.1 200 OK")
	if page = operator.Get(path); !page.Has("<strong>back again</strong>") || !page.Has("please answer again") || !page.Has("Your answer now: fixed.") {
		t.Errorf("after it came back:\n%s", head(page))
	}
}

func head(page consoletest.Response) string {
	_, text, _ := strings.Cut(page.Body, "<main")
	text, _, _ = strings.Cut(text, `id="comments"`)
	return text
}

func TestTheAnswerThatStands(t *testing.T) {
	w := consoletest.New(t)
	f, operator := portal(t, w), w.As("operator")
	path := "/findings/" + string(f.ID)
	if page := operator.Get(path); !page.Has("You have not answered yet.") || page.Has("your answer now") {
		t.Errorf("before any answer:\n%s", head(page))
	}
	day := time.Now().AddDate(0, 0, 20).Format(time.DateOnly)
	operator.Post(path+"/answer", url.Values{"answer": {"working"}, "until": {day}})
	page := operator.Get(path)
	if strings.Count(page.Body, "your answer now</span>") != 1 || !page.Has("Working on it <span class=\"badge good\">") || !page.Has(`value="`+day+`"`) || !page.Has("You want to be done by") {
		t.Errorf("while working on it:\n%s", head(page))
	}
	operator.Post(path+"/answer", url.Values{"answer": {"not_mine"}, "reason": {"sold"}})
	w.As("analyst").Post("/disputes/D-1/ruling", url.Values{"state": {"rejected"}, "reason": {"it is yours"}})
	page = operator.Get(path)
	if strings.Count(page.Body, "your answer now</span>") != 1 || !page.Has("Not mine <span class=\"badge good\">") || !page.Has("The CERT did not agree.") {
		t.Errorf("after the claim was rejected:\n%s", head(page))
	}
}

func TestMailsAreInTheLife(t *testing.T) {
	w := consoletest.New(t)
	if _, ok := w.Fill("/mail/{id}"); !ok {
		t.Fatal("no mail was written")
	}
	calls, ctx := w.API("analyst")
	for _, f := range w.Findings {
		told, err := calls.NoticePage(ctx, url.Values{"about": {string(f.ID)}})
		if err != nil {
			t.Fatal(err)
		}
		page := w.As("analyst").Get("/findings/" + string(f.ID))
		for _, n := range told.Items {
			if !page.Has(`<a href="/mail/` + n.ID + `">mail</a>`) {
				t.Errorf("%s told of %s, and its life does not", n.ID, f.ID)
			}
			return
		}
	}
	t.Error("no mail tells of a finding")
}

func TestFields(t *testing.T) {
	got := findings.Fields("HTTP/1.1 200 OK\r\nA: 1\r\nSet-Cookie: x\r\nSet-Cookie: y\r\n\r\nbody", "HTTP/1.1 200 OK\nset-cookie: x\nset-cookie: y\nB: 2\n\nbodies")
	want := []findings.Field{{Name: "a", Before: "1"}, {Name: "length of the body", Before: "4", After: "6"}, {Name: "b", After: "2"}}
	if !slices.Equal(got, want) {
		t.Errorf("fields %q, want %q", got, want)
	}
	if got := findings.Fields("SSH-2.0-x", "HTTP/1.1 200 OK"); got != nil {
		t.Errorf("fields of what is no answer of HTTP: %q", got)
	}
}
