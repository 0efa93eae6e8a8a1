package shell

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/ciiscan/ciiscan/internal/locale/fonts"
	"github.com/ciiscan/ciiscan/reports/chart"
)

//go:embed assets
var assetFiles embed.FS

// assetPrefix is where the console's own files are.
const assetPrefix = "/assets/"

// An asset is a file of the console's own, also as gzip where that is smaller.
type asset struct {
	print       string // the beginning of its hash
	kind        string
	plain, gzip []byte
}

// assets are all files by name. The hash stands in a file's address: a browser
// keeps it until it changes.
var assets = sync.OnceValue(func() map[string]asset {
	out := map[string]asset{"chart.css": newAsset("chart.css", []byte(chart.Style))}
	var faces strings.Builder
	for _, f := range fonts.All() {
		b, err := f.WOFF2()
		if err != nil {
			continue // embedded: cannot fail
		}
		a := newAsset(f.File, b)
		out[f.File] = a
		faces.WriteString(f.Face(a.path(f.File)))
	}
	out["fonts.css"] = newAsset("fonts.css", []byte(faces.String()))
	_ = fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error { // embedded: cannot fail
		if err != nil || d.IsDir() {
			return err
		}
		b, err := assetFiles.ReadFile(name)
		name = strings.TrimPrefix(name, "assets/")
		out[name] = newAsset(name, b)
		return err
	})
	return out
})

func newAsset(name string, b []byte) asset {
	sum := sha256.Sum256(b)
	a := asset{print: hex.EncodeToString(sum[:6]), kind: mime.TypeByExtension(path.Ext(name)), plain: b}
	if path.Ext(name) == ".woff2" {
		a.kind = "font/woff2" // compressed already, and not every system knows it
		return a
	}
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression) // the level is valid
	_, _ = w.Write(b)                                     // memory takes it
	_ = w.Close()
	if z.Len() < len(b) {
		a.gzip = z.Bytes()
	}
	return a
}

func assetPath(name string) string {
	a, ok := assets()[name]
	if !ok {
		panic("no such asset: " + name)
	}
	return a.path(name)
}

func (a asset) path(name string) string { return assetPrefix + a.print + "/" + name }

func serveAsset(w http.ResponseWriter, r *http.Request) {
	print, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, assetPrefix), "/")
	a, ok := assets()[name]
	if !ok || print != a.print {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body, tag := a.plain, a.print
	if a.gzip != nil && takesGzip(r) {
		body, tag = a.gzip, a.print+"-gzip"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", `"`+tag+`"`)
	if strings.Contains(r.Header.Get("If-None-Match"), `"`+tag+`"`) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the browser has gone
	}
}

// takesGzip tells whether the browser reads gzip. Every browser says so
// plainly; one that weighs it 0 is not one.
func takesGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		if name, q, _ := strings.Cut(strings.TrimSpace(coding), ";"); name == "gzip" && strings.TrimSpace(q) != "q=0" {
			return true
		}
	}
	return false
}
