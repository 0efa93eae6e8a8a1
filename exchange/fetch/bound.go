package fetch

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// A Bound is a client with a context of its own and the methods of
// http.Client, for libraries that want those (gocsaf's util.Client).
type Bound struct {
	client *Client
	ctx    context.Context
}

// Bind makes a client for a library that passes no context.
func (c *Client) Bind(ctx context.Context) Bound { return Bound{client: c, ctx: ctx} }

// Do sends a request under both contexts' limits, as Client.Do.
func (b Bound) Do(req *http.Request) (*http.Response, error) {
	if req.Context().Done() == nil {
		req = req.WithContext(b.ctx) //nolint:contextcheck // a Bound is for requests that come without one
	}
	return b.client.Do(req)
}

// Get fetches an address, as http.Client does.
func (b Bound) Get(address string) (*http.Response, error) {
	return b.send(http.MethodGet, address, "", nil)
}

// Head asks for the header only.
func (b Bound) Head(address string) (*http.Response, error) {
	return b.send(http.MethodHead, address, "", nil)
}

// Post sends a body.
func (b Bound) Post(address, contentType string, body io.Reader) (*http.Response, error) {
	return b.send(http.MethodPost, address, contentType, body)
}

// PostForm sends a form.
func (b Bound) PostForm(address string, data url.Values) (*http.Response, error) {
	return b.Post(address, "application/x-www-form-urlencoded", strings.NewReader(data.Encode()))
}

func (b Bound) send(method, address, contentType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(b.ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return b.Do(req)
}
