package shell

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed assets
var assetFiles embed.FS

// assetPrefix is where the console's own files are.
const assetPrefix = "/assets/"

// fingerprints maps each file to the beginning of its hash, which stands in
// its address: a browser keeps it until it changes.
var fingerprints = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	_ = fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error { // embedded: cannot fail
		if err != nil || d.IsDir() {
			return err
		}
		b, err := assetFiles.ReadFile(name)
		sum := sha256.Sum256(b)
		out[strings.TrimPrefix(name, "assets/")] = hex.EncodeToString(sum[:6])
		return err
	})
	return out
})

func assetPath(name string) string {
	print, ok := fingerprints()[name]
	if !ok {
		panic("no such asset: " + name)
	}
	return assetPrefix + print + "/" + name
}

func serveAsset(w http.ResponseWriter, r *http.Request) {
	print, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, assetPrefix), "/")
	if print == "" || fingerprints()[name] != print {
		http.NotFound(w, r)
		return
	}
	b, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		w.Header().Set("Content-Type", t)
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(b) // the browser has gone
}
