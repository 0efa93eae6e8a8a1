package shell

import (
	"context"
	"net/http"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/client"
)

// A naming finds what people call an object of which an address has the id.
type naming struct {
	needs string // the operation that tells it
	find  func(ctx context.Context, api *client.Client, id string) (string, error)
}

// namings are those of the filters whose value is an id, by their key.
var namings = map[string]naming{
	"org": organizationNames, "org_id": organizationNames,
	"asset": {"get-asset", func(ctx context.Context, api *client.Client, id string) (string, error) {
		a, err := api.Asset(ctx, id)
		if a.Name == "" {
			return a.Address, err
		}
		return a.Name, err
	}},
	"peer": {"get-peer", func(ctx context.Context, api *client.Client, id string) (string, error) {
		p, err := api.Peer(ctx, id)
		return p.Name, err
	}},
	"finding": {"get-finding", func(ctx context.Context, api *client.Client, id string) (string, error) {
		f, err := api.Finding(ctx, id)
		return f.Title, err
	}},
	"advisory": {"get-advisory", func(ctx context.Context, api *client.Client, id string) (string, error) {
		a, err := api.Advisory(ctx, id)
		return a.Title, err
	}},
}

var organizationNames = naming{"get-organization", func(ctx context.Context, api *client.Client, id string) (string, error) {
	o, err := api.Organization(ctx, id)
	return o.Name, err
}}

// name is what people call the object with that id; "" where there is none,
// or the reader may not know. It is looked up once a page.
func (q *Request) name(key, id string) string {
	n, ok := namings[key]
	if !ok || q.API == nil || !q.May(n.needs) {
		return ""
	}
	if name, ok := q.names[key+" "+id]; ok {
		return name
	}
	name, err := n.find(q.Context(), q.API, id)
	if err != nil {
		name = "" // the id says it, as in the address
	}
	if q.names == nil {
		q.names = map[string]string{}
	}
	q.names[key+" "+id] = name
	return name
}

// organizationID is the id of the one organisation that a typed name, or a part
// of it, finds; the text itself where it is an id, or the reader may look for
// none, or several are found.
func (q *Request) organizationID(text string) string {
	if text == "" || strings.HasPrefix(text, "ORG-") {
		return text
	}
	found, err := q.API.FindOrganizations(q.Context(), text)
	if err != nil || len(found) != 1 {
		return text
	}
	return found[0].ID
}

// byName lets people type what they call an organisation where an id is asked
// for, without a script that looks it up. It returns where an address with a
// name leads to, "" for one that stays.
func (q *Request) byName() (to string) {
	if q.R.Method == http.MethodPost {
		if q.form.Has("org_id") {
			q.form.Set("org_id", q.organizationID(q.form.Get("org_id")))
		}
		return ""
	}
	query := q.R.URL.Query()
	text := query.Get("org")
	id := q.organizationID(text)
	if id == text {
		return ""
	}
	query.Set("org", id)
	return q.R.URL.Path + "?" + query.Encode()
}
