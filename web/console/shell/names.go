package shell

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/client"
)

// A naming finds what people call an object of which an address has the id.
type naming struct {
	needs string // the operation that tells it
	find  func(ctx context.Context, api *client.Client, id string) (string, error)
	// several finds many at once, by their ids; nil where nobody asks for many.
	several func(q *Request, ids []string) map[string]string
}

// namings are those of the filters whose value is an id, by their key.
var namings = map[string]naming{
	"org": organizationNames, "org_id": organizationNames,
	"asset": {needs: "get-asset", several: assetsCalled, find: func(ctx context.Context, api *client.Client, id string) (string, error) {
		a, err := api.Asset(ctx, id)
		return cmp.Or(a.Name, a.Address), err
	}},
	"peer": {needs: "get-peer", several: peersCalled, find: func(ctx context.Context, api *client.Client, id string) (string, error) {
		p, err := api.Peer(ctx, id)
		return p.Name, err
	}},
	"finding": {needs: "get-finding", find: func(ctx context.Context, api *client.Client, id string) (string, error) {
		f, err := api.Finding(ctx, id)
		return f.Title, err
	}},
	"advisory": {needs: "get-advisory", find: func(ctx context.Context, api *client.Client, id string) (string, error) {
		a, err := api.Advisory(ctx, id)
		return a.Title, err
	}},
}

var organizationNames = naming{needs: "get-organization", several: organizationsCalled, find: func(ctx context.Context, api *client.Client, id string) (string, error) {
	o, err := api.Organization(ctx, id)
	return o.Name, err
}}

func organizationsCalled(q *Request, ids []string) map[string]string {
	if !q.May("list-organizations") {
		return nil
	}
	found, err := q.API.OrganizationsOf(q.Context(), ids)
	if err != nil {
		return nil // each is looked up by itself, and says what is wrong
	}
	out := map[string]string{}
	for _, o := range found {
		out[o.ID] = o.Name
	}
	return out
}

func assetsCalled(q *Request, ids []string) map[string]string {
	if !q.May("list-assets") {
		return nil
	}
	found, err := q.API.AssetsOf(q.Context(), ids)
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for _, a := range found {
		out[a.ID] = cmp.Or(a.Name, a.Address)
	}
	return out
}

// peersCalled takes the list of peers, of which there are few.
func peersCalled(q *Request, _ []string) map[string]string {
	if !q.May("list-peers") {
		return nil
	}
	found, err := q.API.PeerPage(q.Context(), url.Values{"limit": {"500"}})
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for _, p := range found.Items {
		out[p.ID] = p.Name
	}
	return out
}

// Learn looks up at once what people call the objects of a list, so that its
// page does not ask for each: of is the id of one of them under the key that it
// has in filters.
func Learn[T any](q *Request, key string, all []T, of func(T) string) {
	n, ok := namings[key]
	if !ok || n.several == nil || q.API == nil || !q.May(n.needs) {
		return
	}
	var ids []string
	for _, v := range all {
		id := of(v)
		if _, known := q.names[key+" "+id]; id != "" && !known && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) < 2 {
		return
	}
	for id, name := range n.several(q, ids) {
		q.called(key, id, name)
	}
}

// called keeps a name for the rest of the page.
func (q *Request) called(key, id, name string) {
	if q.names == nil {
		q.names = map[string]string{}
	}
	q.names[key+" "+id] = name
}

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
	q.called(key, id, name)
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
