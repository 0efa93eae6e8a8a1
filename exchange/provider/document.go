package provider

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// document serves a released file or what belongs to it: hashes, signature.
func (p *provider) document(w http.ResponseWriter, r *http.Request, v visit, l label, name string) error {
	base, extra := name, path.Ext(name)
	switch extra {
	case ".sha256", ".sha512", ".asc":
		base = strings.TrimSuffix(name, extra)
	default:
		extra = ""
	}
	pub, err := p.find(r, v, l, base)
	if err != nil {
		return err
	}
	if err := intact(pub.File); err != nil {
		return fmt.Errorf("release %s: %w", pub.Release, err)
	}
	file := path.Base(base)
	switch extra {
	case ".sha256":
		return send(w, r, "text/plain", []byte(pub.File.SHA256+"  "+file+"\n"))
	case ".sha512":
		return send(w, r, "text/plain", []byte(pub.File.SHA512+"  "+file+"\n"))
	case ".asc":
		return send(w, r, "application/pgp-signature", []byte(pub.File.Signature))
	}
	if err := p.receipt(r, v, pub); err != nil {
		return err
	}
	return send(w, r, "application/json", pub.File.Bytes)
}

// find gets the file at a path: a peer's own edition of what is public, or
// else, under white, what anybody would get. The own edition has the same name,
// and may lie in another folder.
func (p *provider) find(r *http.Request, v visit, l label, where string) (exchange.Publication, error) {
	if !fileName.MatchString(path.Base(where)) {
		return exchange.Publication{}, inventory.ErrNotFound
	}
	for _, who := range []exchange.Caller{v.who, {}} {
		if who.Team == "" && l != white {
			continue
		}
		pub, err := p.shelf.PublishedFile(r.Context(), who, exchange.FormatCSAF, path.Base(where))
		if errors.Is(err, inventory.ErrNotFound) {
			continue
		}
		if err != nil {
			return exchange.Publication{}, fmt.Errorf("get %s: %w", path.Base(where), err)
		}
		if who.Team == "" && pub.TLP != advisory.Clear {
			return exchange.Publication{}, fmt.Errorf("release %s is %s and given to everybody", pub.Release, pub.TLP)
		}
		if labelFor(pub.TLP) == l && pathOf(pub) == where {
			return pub, nil
		}
	}
	return exchange.Publication{}, inventory.ErrNotFound
}

// fileName is what CSAF calls its files. Others are not looked for, least of
// all those that a database cannot even be asked for.
var fileName = regexp.MustCompile(`^[+\-_a-z0-9]+\.json$`)

// intact tells whether the bytes are those that were released and signed. A
// shelf that was tampered with gives nothing out.
func intact(f exchange.File) error {
	s256, s512 := f.Hashes()
	switch {
	case s256 != f.SHA256, s512 != f.SHA512:
		return fmt.Errorf("%s is not what was released: its hash differs", f.Name)
	case f.Signature == "":
		return fmt.Errorf("%s has no signature", f.Name)
	}
	return nil
}

// receipt keeps that a peer has fetched a document. When that cannot be
// stored the peer does not get it: it would look as if it never had.
func (p *provider) receipt(r *http.Request, v visit, pub exchange.Publication) error {
	if v.stranger() || r.Method != http.MethodGet || r.Header.Get("If-None-Match") == etag(pub.File.Bytes) {
		return nil
	}
	err := p.shelf.KeepReceipt(r.Context(), exchange.Receipt{
		Release: pub.Release, Team: v.who.Team, Channel: exchange.ChannelCSAF, Kind: exchange.ReceiptFetched,
		At: v.at.UTC(), Credential: v.who.Credential, Path: r.URL.Path,
	})
	if err != nil {
		return fmt.Errorf("keep receipt of %s by %s: %w", pub.Release, v.who.Team, err)
	}
	return nil
}
