package assets

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

func number(text string) int {
	n, _ := strconv.Atoi(text) // nothing of ours: the API refuses version 0
	return n
}

type pageView struct {
	shell.View
	Item wire.AssetPage
	Form shell.Form
}

// deeds are the acts of the log as people read them.
var deeds = map[string]string{
	"asset.create": "registered it", "asset.edit": "edited it", "asset.move": "moved it", "asset.retire": "took it out of use",
	"asset.consent": "changed what may be told of it", "asset.tag": "tagged it", "asset.untag": "took a tag away",
	"asset.criticality": "changed how critical it is", "asset.class": "changed its kind", "asset.limit": "changed how deep it is scanned",
	"asset.undo": "took a change back", "import.new": "registered it by a file", "import.changed": "changed it by a file",
}

// called are the fields of an asset as people read them.
var called = map[string]string{
	"name": "Name", "site": "Site", "function": "Function", "contact": "Who answers for it", "criticality": "Criticality", "kind": "Kind",
	"at_most": "Scan it at most", "tags": "Tags", "sharing": "Sharing", "organization": "Organisation",
}

// Field names a field that was changed.
func (v pageView) Field(name string) string {
	if text, ok := called[name]; ok {
		return v.Word(text)
	}
	return name
}

// ByFile tells whether a file did it: its reason is the import.
func (v pageView) ByFile(what string) bool { return strings.HasPrefix(what, "import.") }

// Said tells what stands in a field: an organisation by its name.
func (v pageView) Said(text string) string {
	if strings.HasPrefix(text, "ORG-") {
		return v.Called("org", text)
	}
	return text
}

// Limited tells whether something else than the permission rules how deep the
// asset is scanned.
func (v pageView) Limited() bool {
	return slices.ContainsFunc(v.Item.Limits, func(l wire.AssetLimit) bool { return l.Rules && l.Kind != "permission" })
}

// Deed says what was done.
func (v pageView) Deed(what string) string {
	if text, ok := deeds[what]; ok {
		return v.Word(text)
	}
	return what
}

func show(q *shell.Request) error {
	a, err := q.API.AssetFacts(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	return q.Render(pages, "page", pageView{View: q.View(a.Address), Item: a})
}

// act does one thing to the asset and leads back to its page; what the API
// refuses is told there.
func act(q *shell.Request, done string, do func(id string, form shell.Form) error) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	note := shell.Note{Kind: "done", Text: done}
	if err := do(q.Path("id"), form); err != nil {
		if !form.Refused(err) {
			return err
		}
		note = shell.Note{Kind: "warning", Text: form.Problem.Message + " " + form.Problem.Hint}
	}
	q.Tell(note)
	return q.Redirect("/assets/" + q.Path("id"))
}

func consent(q *shell.Request) error {
	return act(q, q.T("Kept what may be told of this asset."), func(id string, form shell.Form) error {
		_, err := q.API.SetConsent(q.Context(), id, form.Get("sharing"))
		return err
	})
}

func retire(q *shell.Request) error {
	return act(q, q.T("The asset is out of use. What was open on it is closed."), func(id string, form shell.Form) error {
		_, err := q.API.RetireAsset(q.Context(), id, form.Get("reason"))
		return err
	})
}

func move(q *shell.Request) error {
	return act(q, q.T("The asset belongs to another organisation now."), func(id string, form shell.Form) error {
		_, err := q.API.MoveAsset(q.Context(), id, form.Get("org_id"), form.Get("reason"))
		return err
	})
}

func scan(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	s, err := q.API.StartScan(q.Context(), wire.NewScan{AssetID: q.Path("id"), Profile: cmp.Or(form.Get("profile"), profile)})
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		q.Tell(shell.Note{Kind: "warning", Text: form.Problem.Message + " " + form.Problem.Hint})
		return q.Redirect("/assets/" + q.Path("id"))
	}
	return q.Redirect("/scans/" + s.ID)
}

type certificatesView struct {
	shell.View
	List wire.List[wire.Certificate]
}

func certificates(q *shell.Request) error {
	query := url.Values{}
	for _, key := range []string{"q", "org", "asset", "ends", "self_signed", "cursor"} {
		if v := strings.TrimSpace(q.R.URL.Query().Get(key)); v != "" {
			query.Set(key, v)
		}
	}
	found, err := q.API.CertificatePage(q.Context(), query)
	if err != nil {
		return err
	}
	return q.Render(pages, "certificates", certificatesView{q.View(q.T("Certificates of services")), found})
}

type discoveriesView struct {
	shell.View
	List wire.List[wire.Discovery]
}

func discoveries(q *shell.Request) error {
	found, err := q.API.DiscoveryPage(q.Context(), q.Filters())
	if err != nil {
		return err
	}
	return q.Render(pages, "discoveries", discoveriesView{q.View(q.T("Discovered, not registered")), found})
}

// settle decides about a discovery; what the API refuses is told on the list.
func settle(q *shell.Request, do func(form shell.Form) (string, error)) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	note := shell.Note{Kind: "done"}
	if note.Text, err = do(form); err != nil {
		if !form.Refused(err) {
			return err
		}
		note = shell.Note{Kind: "warning", Text: form.Problem.Message + " " + form.Problem.Hint}
	}
	q.Tell(note)
	return q.Redirect("/discoveries")
}

func claim(q *shell.Request) error {
	return settle(q, func(shell.Form) (string, error) {
		a, err := q.API.ClaimDiscovery(q.Context(), q.Path("id"))
		return q.T("%s is registered. Nothing scans it until a permission covers it.", a.Address), err
	})
}

func reject(q *shell.Request) error {
	return settle(q, func(form shell.Form) (string, error) {
		return q.T("Rejected. It is not shown again."), q.API.RejectDiscovery(q.Context(), q.Path("id"), form.Get("reason"))
	})
}
