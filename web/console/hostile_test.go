package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
	"golang.org/x/net/html"
)

// evil tries to leave whatever it stands in, and to turn round what follows.
func evil(mark string) string {
	return `"'></title></textarea></script><b data-evil=1>{{.}}` + mark + "\u202egnp.exe"
}

// planted are the texts of strangers and of operators that pages show, by
// column; what holds documents, by the words in them that are replaced.
var planted = []string{
	"organizations.name", "assets.name", "assets.site", "assets.function", "contacts.name", "contacts.phone", "findings.title", "findings.not_tested",
	"findings.hostname", "findings.waiver_reason", "findings.decision_path", "checks.title", "checks.why", "checks.fix", "finding_events.reason",
	"finding_comments.body", "host_results.reason", "address_states.reason", "scan_tasks.note", "exclusions.reason", "services.product", "services.banner",
	"authorizations.signed_by", "authorizations.document_name", "authorizations.reason", "imports.name",
	"disputes.reason", "discoveries.quote", "certificates.subject", "certificates.issuer", "advisory_comments.body", "agreements.title", "agreements.reference",
	"teams.name", "inbounds.name", "inbounds.reason", "releases.reason", "notices.last_error", "contact_mail.problem_detail", "audit_log.actor",
	"accounts.name", "finding_views.name", "passkeys.name", "asset_owners.reason",
}

var documents = map[string][2]string{ // table and column, and the words
	"bulletins.document.bn":  {"bulletins.document", "পোর্টাল দখল"},
	"bulletins.document.en":  {"bulletins.document", "Portals are taken"},
	"bulletins.document.fix": {"bulletins.document", "Install version"},
}

// TestHostileTextsStayText plants markup and reordering characters into every
// text of others that the database holds, opens every page as several roles,
// and finds them nowhere but as text that cannot turn round what stands beside
// it. A column that no page shows is named, so that the list says the truth.
func TestHostileTextsStayText(t *testing.T) {
	w := consoletest.New(t)
	paths := map[string]bool{}
	for _, p := range w.Pages {
		method, route, _ := strings.Cut(p.Route, " ")
		if path, ok := w.Fill(route); ok && method == http.MethodGet && !p.Stream {
			paths[path] = true
		}
	}
	for path := range paths {
		if strings.HasPrefix(path, "/bulletins/") {
			paths[path+"?lang=bn"] = true
		}
	}
	for _, a := range w.Assets[:2] {
		paths["/assets/"+string(a.ID)] = true
	}
	for _, f := range w.Findings {
		paths["/findings/"+string(f.ID)] = true
	}
	unseen := map[string]bool{}
	for _, at := range planted {
		table, column, _ := strings.Cut(at, ".")
		if n := w.Plant(fmt.Sprintf("UPDATE %s SET %s = left(%s, 20) || $1", table, column, column), evil(at)); n > 0 {
			unseen[at] = true
		} else {
			t.Logf("%s: the world has none", at)
		}
	}
	for mark, d := range documents {
		table, column, _ := strings.Cut(d[0], ".")
		inJSON := strings.NewReplacer(`"`, `\"`, "\u202e", `\u202e`).Replace(evil(mark))
		if w.Plant(fmt.Sprintf("UPDATE %s SET %s = replace(%[2]s::text, $1, $2)::jsonb WHERE %[2]s::text LIKE '%%' || $1 || '%%'", table, column), d[1], inJSON) == 0 {
			t.Errorf("%s: the world has none", mark)
		}
		unseen[mark] = true
	}
	for path := range paths {
		for _, role := range []string{"administrator", "analyst", "auditor", "operator_admin"} {
			page := w.As(role).Get(path)
			if page.Status >= http.StatusInternalServerError {
				t.Errorf("%s as %s = %d", path, role, page.Status)
			}
			if page.Status == http.StatusOK && strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
				onlyText(t, path+" as "+role, page.Body, unseen)
			}
		}
	}
	for at := range unseen {
		t.Errorf("%s: no page shows it", at)
	}
}

func onlyText(t *testing.T, page, body string, unseen map[string]bool) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode && strings.Contains(n.Data, "gnp.exe"):
			for at := range unseen {
				if strings.Contains(n.Data, at+"\u202egnp") || strings.Contains(n.Data, at+"gnp") {
					delete(unseen, at)
				}
			}
			if strings.Contains(n.Data, "\u202e") && !apart(n) {
				t.Errorf("%s: <%s> is turned round by %.160q", page, n.Parent.Data, n.Data)
			}
		case n.Type != html.ElementNode:
		default:
			for _, a := range n.Attr {
				if a.Key == "data-evil" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: %s has become markup", page, n.Data)
				}
			}
		}
	}
}

// apart tells whether what stands in n cannot reorder what stands around it.
func apart(n *html.Node) bool {
	for p := range n.Ancestors() {
		switch p.Data {
		case "bdi", "textarea", "option", "title", "pre", "script", "style":
			return true
		}
		for _, a := range p.Attr {
			if a.Key == "dir" && a.Val == "auto" || a.Key == "class" && a.Val == "unseen" { // a text of its own, or read aloud
				return true
			}
		}
	}
	return false
}
