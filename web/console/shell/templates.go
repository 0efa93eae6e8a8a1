package shell

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/client"
)

//go:embed *.html
var frame embed.FS

// basic are the pages of the shell itself.
var basic = Parse(frame)

// Templates are the pages of one package, each inside the frame.
type Templates map[string]*template.Template

// Parse reads a package's pages: each *.html is one, which defines "main", and
// those whose names begin with _ are parts that all of them may use. Broken
// templates panic, when the program starts.
func Parse(files fs.FS, names ...string) Templates {
	base := template.Must(template.New("frame").Funcs(functions).ParseFS(frame, "_*.html"))
	if parts, _ := fs.Glob(files, "_*.html"); len(parts) > 0 && files != fs.FS(frame) {
		template.Must(base.ParseFS(files, parts...))
	}
	if len(names) == 0 {
		names, _ = fs.Glob(files, "*.html") // the pattern is well formed
	}
	out := Templates{}
	for _, name := range names {
		if !strings.HasPrefix(path.Base(name), "_") {
			out[strings.TrimSuffix(path.Base(name), ".html")] = template.Must(template.Must(base.Clone()).ParseFS(files, name))
		}
	}
	return out
}

// Part makes one part of a page, for what is sent to it later.
func (t Templates) Part(page, part string, view any) (string, error) {
	p, ok := t[page]
	if !ok {
		return "", fmt.Errorf("no template %s", page)
	}
	var b strings.Builder
	if err := p.ExecuteTemplate(&b, part, view); err != nil {
		return "", fmt.Errorf("make part %s: %w", part, err)
	}
	return b.String(), nil
}

// Render answers with a page. view embeds a View.
func (q *Request) Render(t Templates, name string, view any) error {
	return q.renderStatus(http.StatusOK, t, name, view)
}

// RenderStatus answers with a page and a status of its own.
func (q *Request) RenderStatus(status int, t Templates, name string, view any) error {
	return q.renderStatus(status, t, name, view)
}

// RenderForm answers with a form that was refused.
func (q *Request) RenderForm(t Templates, name string, view any) error {
	return q.renderStatus(http.StatusUnprocessableEntity, t, name, view)
}

// RenderStale answers with a form that was made from what somebody has changed
// since.
func (q *Request) RenderStale(t Templates, name string, view any) error {
	return q.renderStatus(http.StatusPreconditionFailed, t, name, view)
}

// Send answers with a file to keep. A browser never shows it: it may be
// somebody else's.
func (q *Request) Send(f client.File) error {
	q.W.Header().Set("Content-Type", f.Type)
	q.W.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	_, _ = q.W.Write(f.Content) // the browser has gone
	return nil
}

func (q *Request) renderStatus(status int, t Templates, name string, view any) error {
	page, ok := t[name]
	if !ok {
		return fmt.Errorf("no template %s", name)
	}
	var b bytes.Buffer // whole or not at all
	if err := page.ExecuteTemplate(&b, "frame", view); err != nil {
		return fmt.Errorf("make page: %w", err)
	}
	q.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.W.WriteHeader(status)
	_, _ = q.W.Write(b.Bytes()) // the browser has gone
	q.shown = status == http.StatusOK
	return nil
}

// notePatience is how long a page waits at most until it is kept that somebody
// opened it.
const notePatience = 200 * time.Millisecond

// noteOpened keeps what the page shows among what the person opened last. The
// page is made by then, and stays as it is whatever becomes of that.
func (q *Request) noteOpened() {
	ctx, cancel := context.WithTimeout(q.Context(), notePatience)
	defer cancel()
	if err := q.API.NoteOpened(ctx, q.page.Opens, q.Path("id")); err != nil {
		q.shell.Log.WarnContext(ctx, "what somebody opened is not kept", "path", q.R.URL.Path, "error", err)
	}
}
