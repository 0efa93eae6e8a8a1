package fakes

import (
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// markupBanner tries to be run by whoever shows it: a terminal (title and
// colour sequences, a backspace), a web page, a spreadsheet, a log.
const markupBanner = "220 \x1b]0;owned\x07\x1b[31;5m=HYPERLINK(\"http://192.0.2.66/\")\x08\x1b[2J" +
	"<script>alert(1)</script>'\"><img src=x onerror=alert(1)> ready\r\n"

// tarpit accepts and never says a word.
func tarpit(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// noise sends random bytes, a bounded number of them.
func noise(conn net.Conn) { _, _ = io.CopyN(conn, rand.Reader, 64<<10) }

// always200 has every page that anybody asks for, and all are the same
// friendly one that repeats the question.
func always200(Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>Welcome</title><h1>Welcome</h1><p>You asked for %s and here it is.</p>"+
			"<p>Try the index of our services, the login, or the metrics.</p>", strings.ReplaceAll(r.URL.Path, "<", "&lt;"))
	})
}

// endless never finishes its answer, whatever is asked, until the connection's
// time is over.
func endless(Options) http.Handler {
	chunk := []byte(strings.Repeat("more of the same. ", 1024))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
}

// gzipBomb unfolds a quarter of a megabyte into a quarter of a gigabyte.
func gzipBomb(Options) http.Handler {
	const unfolded = 256 << 20
	zeros := make([]byte, 64<<10)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		for range unfolded / len(zeros) {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
	})
}

// markup puts what its banner holds into every header and the page.
func markup(Options) http.Handler {
	const nasty = "\x1b[31mred\x1b[0m <script>alert(document.domain)</script> =cmd|' /C calc'!A0 \u202egpj.exe"
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", "\"><script>alert(1)</script>")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>%s</title><body>%s</body>", nasty, nasty)
	})
}

// redirect sends everybody to a host that nobody may scan.
func redirect(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+o.Neighbour+r.URL.RequestURI(), http.StatusFound)
	})
}
