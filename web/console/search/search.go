// Package search finds what people name.
package search

import (
	"cmp"
	"embed"
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of searching.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /search", Needs: "search", Handle: search},
		{Route: "GET /search/addresses", Needs: "look-up-addresses", Handle: askAddresses},
		{Route: "POST /search/addresses", Needs: "look-up-addresses", Handle: lookUp},
	}
}

type searchView struct {
	shell.View
	Text   string
	Found  []group
	Form   shell.Form // of the bars: nothing is filled in
	Recent []wire.Opened
}

// A group is what was found of one kind.
type group struct {
	Kind  string
	Title string
	Hits  []wire.Hit
	All   string // the whole list, where there is one with this filter
}

func search(q *shell.Request) error {
	text := strings.TrimSpace(q.R.URL.Query().Get("q"))
	if areAddresses(text) && q.May("look-up-addresses") {
		return showHolders(q, shell.Form{Values: url.Values{"text": {text}}})
	}
	recent, err := q.API.Recent(q.Context())
	if err != nil {
		return err
	}
	view := searchView{View: q.View(q.T("Search")), Text: text, Recent: recent}
	if text == "" {
		return q.Render(pages, "search", view)
	}
	hits, err := q.API.Search(q.Context(), text)
	if err != nil {
		return err
	}
	if len(hits) == 1 && strings.EqualFold(hits[0].ID, text) {
		return q.Redirect(address(hits[0]))
	}
	view.Found = groups(q, text, hits)
	shell.Learn(q, "org", hits, func(h wire.Hit) string { return h.OrgID })
	return q.Render(pages, "search", view)
}

// groups puts hits under their headings, in the order in which they came.
func groups(q *shell.Request, text string, hits []wire.Hit) []group {
	find := url.Values{"q": {text}}.Encode()
	titles := map[string]group{
		"organization": {Title: q.T("Organisations"), All: "/organizations?" + find},
		"asset":        {Title: q.T("Assets"), All: "/assets?" + find},
		"host":         {Title: q.T("Addresses that names led to")},
		"finding":      {Title: q.T("Findings"), All: "/findings?" + find},
		"check":        {Title: q.T("Weaknesses")},
		"service":      {Title: q.T("Services")},
		"certificate":  {Title: q.T("Certificates"), All: "/certificates?" + find},
		"advisory":     {Title: q.T("Advisories")},
		"inbound":      {Title: q.T("Received from peers")},
		"peer":         {Title: q.T("Peers")},
		"scan":         {Title: q.T("Scans")},
	}
	var out []group
	for _, h := range hits {
		if len(out) == 0 || out[len(out)-1].Kind != h.Kind {
			g := titles[h.Kind]
			g.Kind = h.Kind
			out = append(out, g)
		}
		out[len(out)-1].Hits = append(out[len(out)-1].Hits, h)
	}
	return out
}

// Kind says what kind of thing somebody opened.
func (v searchView) Kind(kind string) string {
	return map[string]string{
		"organization": v.T("Organisation"), "asset": v.T("Asset"), "finding": v.T("Finding"), "scan": v.T("Scan"), "report": v.T("Report"),
		"advisory": v.T("Advisory"), "bulletin": v.T("Advisory"), "inbound": v.T("Received from a peer"), "peer": v.T("Peer"),
	}[kind]
}

// Name is what people call a hit.
func (v searchView) Name(h wire.Hit) string {
	switch h.Kind {
	case "scan":
		return v.T("Scan %s", h.ID)
	case "report":
		return v.T("Report %s", h.Title)
	}
	return cmp.Or(v.Word(h.Title), h.ID)
}

// Address is where a hit leads.
func (searchView) Address(h wire.Hit) string { return address(h) }

func address(h wire.Hit) string {
	id := url.PathEscape(h.ID)
	switch h.Kind {
	case "organization":
		return "/organizations/" + id
	case "asset", "host":
		return "/assets/" + id
	case "finding":
		return "/findings/" + id
	case "check":
		return "/findings?" + url.Values{"check": {h.ID}}.Encode()
	case "service":
		return "/findings?" + url.Values{"service": {h.ID}}.Encode()
	case "certificate":
		return "/certificates?" + url.Values{"q": {h.ID}}.Encode()
	case "advisory":
		return "/advisories/" + id
	case "inbound":
		return "/inbox/" + id
	case "peer":
		return "/peers/" + id
	case "scan":
		return "/scans/" + id
	case "bulletin":
		return "/bulletins/" + id
	case "report":
		return "/reports/" + id
	}
	return "/"
}

type addressesView struct {
	shell.View
	Form  shell.Form
	Found *wire.AddressHolders
	Back  string // what is done to assets leads back here
}

// longestAsked is how long an address with a pasted list in it may be.
const longestAsked = 4000

// Shown tells of each row whether it is the first of its asset, which can be
// ticked.
func (v addressesView) Shown() []bool {
	seen := map[string]bool{}
	out := make([]bool, len(v.Found.Holders))
	for i, h := range v.Found.Holders {
		out[i], seen[h.AssetID] = !seen[h.AssetID], true
	}
	return out
}

func askAddresses(q *shell.Request) error {
	return q.Render(pages, "addresses", addressesView{View: q.View(q.T("Who has these addresses?"))})
}

func lookUp(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	return showHolders(q, form)
}

// areAddresses tells whether a search is a pasted list of addresses.
func areAddresses(text string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
	for _, w := range words {
		if _, err := netip.ParseAddr(w); err != nil {
			return false
		}
	}
	return len(words) > 1
}

// showHolders says whose the addresses of a form are.
func showHolders(q *shell.Request, form shell.Form) error {
	view := addressesView{View: q.View(q.T("Who has these addresses?")), Form: form}
	found, err := q.API.LookUpAddresses(q.Context(), form.Get("text"))
	if err != nil {
		if view.Form.Refused(err) {
			return q.RenderForm(pages, "addresses", view)
		}
		return err
	}
	view.Found = &found
	view.Back = "/search/addresses"
	if text := form.Get("text"); areAddresses(text) && len(text) <= longestAsked {
		view.Back = "/search?" + url.Values{"q": {text}}.Encode()
	}
	return q.Render(pages, "addresses", view)
}
