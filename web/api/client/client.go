package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// base is where the API lives on every server.
const base = "/api/v1"

// maxAnswer bounds one answer, in bytes: a nation's report is the largest.
const maxAnswer = 512 << 20

// pageSize is how much of a list is asked for at once.
const pageSize = 500

// A Client calls one server, as one user. It is safe for use by several
// goroutines.
type Client struct {
	http  *http.Client
	root  string // scheme and host
	name  string // of the server, for people
	token string
}

// Unix returns a client for the socket at path. With a token it acts as the
// token's user, without as the socket's owner.
func Unix(path, token string) *Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", path)
		},
	}
	return &Client{http: &http.Client{Transport: transport}, root: "http://ciiscand", name: path, token: token}
}

// HTTPS returns a client for the server at an https URL. caFile, when not
// empty, holds the certificates to trust in place of the system's.
func HTTPS(server, token, caFile string) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil {
		return nil, &Error{wire.Problem{
			Kind: wire.KindInvalid, Detail: fmt.Sprintf("server %q: not the address of a server", server),
			Hint: "write it like https://ciiscan.example.org:8443",
		}}
	}
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, badTrust(caFile, "cannot be read")
		}
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(pem) {
			return nil, badTrust(caFile, "holds no PEM certificate")
		}
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: 10 * time.Second,
	}
	return &Client{http: &http.Client{Transport: transport}, root: "https://" + u.Host, name: server, token: token}, nil
}

// badTrust refuses a file of certificates.
func badTrust(file, why string) error {
	return &Error{wire.Problem{
		Kind: wire.KindInvalid, Detail: fmt.Sprintf("certificates to trust %q: %s", file, why),
		Hint: "name a file of certificates in PEM (BEGIN CERTIFICATE): the server's, or of who signed it",
	}}
}

// A File is an answer that is not JSON.
type File struct {
	Name    string // as the server suggests, without a folder; may be ""
	Type    string // media type
	Content []byte
}

// call sends in as JSON (nil sends nothing) and reads the answer into out
// (nil reads nothing).
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	path, rawQuery, _ := strings.Cut(path, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	f, err := c.send(ctx, method, path, query, "application/json", body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(f.Content, out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.name, err)
	}
	return nil
}

// send makes one request and reads the whole answer.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, contentType string, body io.Reader) (File, error) {
	address := c.root + base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return File{}, fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return File{}, c.unreachable(ctx, err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return File{}, c.unreachable(ctx, err)
	}
	if len(content) > maxAnswer {
		return File{}, fmt.Errorf("read the answer of %s: larger than %d MiB", c.name, maxAnswer>>20)
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // unreadable is unknown
	if resp.StatusCode >= http.StatusMultipleChoices {
		return File{}, problemError(resp.StatusCode, media, content)
	}
	return File{Name: suggestedName(resp.Header), Type: media, Content: content}, nil
}

// stream makes one request and hands the answer on while it comes.
func (c *Client) stream(ctx context.Context, path string, query url.Values, take func(File, io.Reader) error) error {
	req, err := http.NewRequestWithContext(context.WithValue(ctx, streamKey{}, true), http.MethodGet, c.root+base+path+"?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer resp.Body.Close()
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // unreadable is unknown
	if resp.StatusCode >= http.StatusMultipleChoices {
		content, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return c.unreachable(ctx, err)
		}
		return problemError(resp.StatusCode, media, content)
	}
	return take(File{Name: suggestedName(resp.Header), Type: resp.Header.Get("Content-Type")}, resp.Body)
}

// suggestedName is the file name in Content-Disposition, without any folder:
// the server does not get to choose where things are written.
func suggestedName(h http.Header) string {
	_, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	name := params["filename"]
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// unreachable explains an error of the connection.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	hint := "is it running? start it with: ciiscan up --data DIR; then give the same --data DIR here"
	if errors.Is(err, os.ErrPermission) {
		hint = "the socket belongs to the user who runs the server: become that user, or use --server with a token"
	} else if strings.HasPrefix(c.root, "https") {
		hint = "check the address, and that the server's certificate is trusted (--ca-file)"
	}
	// The wrapping errors name the method, a made-up host and the socket again.
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err
	}
	if inner, ok := errors.AsType[*os.SyscallError](err); ok {
		err = inner.Err
	}
	return &Error{wire.Problem{
		Kind: wire.KindUnavailable, Detail: fmt.Sprintf("no server at %s: %v", c.name, err), Hint: hint,
	}}
}

// get reads one object.
func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var out T
	return out, c.call(ctx, http.MethodGet, path, nil, &out)
}

// post sends one object and reads one.
func post[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var out T
	return out, c.call(ctx, http.MethodPost, path, in, &out)
}

// page reads one page of a list: query is as the API takes it.
func page[T any](ctx context.Context, c *Client, path string, query url.Values) (wire.List[T], error) {
	var out wire.List[T]
	return out, c.query(ctx, path, query, &out)
}

// query reads what a query selects into out.
func (c *Client) query(ctx context.Context, path string, query url.Values, out any) error {
	f, err := c.send(ctx, http.MethodGet, path, query, "", nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(f.Content, out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.name, err)
	}
	return nil
}

// all follows a list to its end. The result is never nil.
func all[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", strconv.Itoa(pageSize))
	items := []T{}
	for {
		f, err := c.send(ctx, http.MethodGet, path, query, "", nil)
		if err != nil {
			return nil, err
		}
		var page wire.List[T]
		if err := json.Unmarshal(f.Content, &page); err != nil {
			return nil, fmt.Errorf("read the answer of %s: %w", c.name, err)
		}
		items = append(items, page.Items...)
		if page.NextCursor == "" {
			return items, nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

// withQuery is a path with a query behind it.
func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// filter makes a query of the filters that are set.
func filter(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}
