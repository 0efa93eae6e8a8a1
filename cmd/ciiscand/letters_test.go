package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/mail/mailtest"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/notify/post"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/manifest"
	"github.com/ciiscan/ciiscan/reports/pdf"
	"github.com/ciiscan/ciiscan/reports/press"
	edition "github.com/ciiscan/ciiscan/reports/run"
)

// A letterWorld has an operator whose contacts read Bangla, English, Hindi with
// English, and one who has no key; and a mail server that takes what they get.
type letterWorld struct {
	*storetest.Furnished
	t      *testing.T
	store  *store.Store
	weekly *weekly
	teller *teller
	server *mailtest.Server
	gpg    *strangers.GnuPG
	dir    string // with the key of the one who has S/MIME
	seen   int    // mails
}

func newLetterWorld(t *testing.T) *letterWorld {
	t.Helper()
	if _, err := pdf.Find(""); err != nil {
		t.Fatal("there is no PDF to send; scripts/setup.sh installs Chromium:", err)
	}
	for _, name := range []string{"gpg", "openssl"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("nobody opens the letters; scripts/setup.sh installs %s: %v", name, err)
		}
	}
	st := storetest.Open(t, storetest.NewDB(t).URL, store.Options{Admit: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	grid := storetest.Furnish(t, st, time.Now(), "Grid", "192.0.2.")
	w := &letterWorld{
		Furnished: &grid, t: t, store: st, weekly: newTestWeekly(t, st), server: &mailtest.Server{}, gpg: strangers.NewGnuPG(t), dir: t.TempDir(),
	}
	cfg := config.Config{
		Mail:      config.Mail{From: "CERT <ciiscan@cert.example>", Notices: config.Notices{HourlyCap: 99, DailyCap: 99}},
		Publisher: config.Publisher{Name: "CERT"}, Console: config.Console{URL: "https://ciiscan.cert.example"},
	}
	signer := w.weekly.press.Signer.(*pgp.Signer)
	w.gpg.Run([]byte(signer.PublicKey()), "--import")
	var err error
	w.teller, err = newTeller(st, w.server.Serve(t), signer, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.teller.planner.Rules.DigestAt, w.teller.planner.Rules.Quiet = 0, notify.Quiet{} // at whatever time it is
	w.contact("bn", "bn", inventory.Contact{OpenPGPKey: w.key("bn")})
	w.contact("en", "en", inventory.Contact{SMIMECertificate: w.certificate()})
	both := w.contact("both", "hi", inventory.Contact{OpenPGPKey: w.key("both")})
	w.contact("bare", "bn", inventory.Contact{})
	if err := st.SetContactMail(t.Context(), "mara", both, true, false); err != nil {
		t.Fatal(err)
	}
	return w
}

func address(name string) string { return name + "@grid.example.org" }

func (w *letterWorld) contact(name, language string, c inventory.Contact) inventory.ContactID {
	w.t.Helper()
	c.Role, c.Name, c.Email, c.Language = inventory.RoleDistribution, name, address(name), language
	c, err := w.store.AddContact(w.t.Context(), "mara", w.Org, c)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.ID
}

func (w *letterWorld) key(name string) string {
	w.gpg.Run(nil, "--quick-generate-key", address(name), "default", "default", "2y")
	return w.gpg.Export(address(name))
}

func (w *letterWorld) openssl(args ...string) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "openssl", args...)
	cmd.Dir = w.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
}

func (w *letterWorld) certificate() string {
	w.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "their.key", "-out", "their.pem", "-days", "30", "-subj", "/CN=Desk")
	text, err := os.ReadFile(filepath.Join(w.dir, "their.pem"))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// edition is the operator's latest of the week.
func (w *letterWorld) edition() edition.Edition {
	w.t.Helper()
	all, _, err := w.store.Editions(w.t.Context(), edition.Filter{Org: w.Org}, inventory.Page{})
	if err != nil || len(all) != 1 {
		w.t.Fatalf("editions = %d, %v", len(all), err)
	}
	e, err := w.store.Edition(w.t.Context(), all[0].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// act does acts on an edition, and tells which were refused.
func (w *letterWorld) act(id edition.EditionID, acts ...edition.Act) (refused []edition.Act) {
	w.t.Helper()
	for _, a := range acts {
		out, err := w.store.DecideEditions(w.t.Context(), "mara", edition.Decision{Act: a, Editions: []edition.EditionID{id}})
		if err != nil {
			w.t.Fatal(err)
		}
		if out[0].Err != nil {
			refused = append(refused, a)
		}
	}
	return refused
}

// mails sends what is due and returns the new mails of the weekly report, by
// who gets them.
func (w *letterWorld) mails() map[string][]byte {
	w.t.Helper()
	ctx := w.t.Context()
	if err := w.teller.planner.Round(ctx); err != nil {
		w.t.Fatal(err)
	}
	all, _, err := w.store.Notices(ctx, notify.Filter{Org: w.Org, State: notify.Queued, Kind: notify.Weekly}, inventory.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range all {
		var num int64
		if _, err := fmt.Sscanf(string(n.ID), "N-%d", &num); err != nil {
			w.t.Fatal(err)
		}
		if err := w.teller.post.Send(ctx, num); err != nil {
			w.t.Fatal(err)
		}
	}
	out := map[string][]byte{}
	for _, m := range w.server.Taken()[w.seen:] {
		name, _, _ := strings.Cut(m.To, "@")
		out[name] = m.Raw
		w.seen++
	}
	return out
}

// opened is a mail as the program of its reader shows it.
func (w *letterWorld) opened(raw []byte) []byte {
	w.t.Helper()
	if _, rest, ok := bytes.Cut(raw, []byte("-----BEGIN PGP MESSAGE-----")); ok {
		armored, _, _ := bytes.Cut(rest, []byte("-----END PGP MESSAGE-----"))
		return w.gpg.Run(slices.Concat([]byte("-----BEGIN PGP MESSAGE-----"), armored, []byte("-----END PGP MESSAGE-----\n")), "--decrypt")
	}
	if !bytes.Contains(raw, []byte("enveloped-data")) {
		return raw
	}
	if err := os.WriteFile(filepath.Join(w.dir, "mail.eml"), raw, 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.openssl("cms", "-decrypt", "-in", "mail.eml", "-recip", "their.pem", "-inkey", "their.key", "-out", "open.eml")
	content, err := os.ReadFile(filepath.Join(w.dir, "open.eml"))
	if err != nil {
		w.t.Fatal(err)
	}
	return content
}

// parts are the attachments of an entity, by name, and its text.
func parts(t *testing.T, entity []byte) (attached map[string][]byte, text string) {
	t.Helper()
	attached = map[string][]byte{}
	var read func(kind, transfer, disposition string, body io.Reader)
	read = func(kind, transfer, disposition string, body io.Reader) {
		media, params, err := mime.ParseMediaType(kind)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(media, "multipart/") {
			for mr := multipart.NewReader(body, params["boundary"]); ; {
				part, err := mr.NextRawPart()
				if err != nil {
					return
				}
				read(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part.Header.Get("Content-Disposition"), part)
			}
		}
		switch strings.ToLower(transfer) {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		}
		content, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		if _, named, _ := mime.ParseMediaType(disposition); named["filename"] != "" {
			attached[named["filename"]] = content
		} else {
			text += string(content)
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(entity))
	if err != nil {
		t.Fatal(err)
	}
	read(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), "", m.Body)
	return attached, text
}

// get opens the letters of all four, and holds what is attached to what is
// kept of the edition.
func (w *letterWorld) get(e edition.Edition, want map[string][]string) {
	w.t.Helper()
	got := w.mails()
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, []string{"bare", "bn", "both", "en", "grid"}) && !slices.Equal(names, []string{"bare", "bn", "both", "en"}) {
		w.t.Fatalf("mails went to %v", names)
	}
	for name, files := range want {
		attached, text := parts(w.t, w.opened(got[name]))
		if names := slices.Sorted(maps.Keys(attached)); !slices.Equal(names, files) {
			w.t.Errorf("%s: with %s's letter go %v, want %v", e.ID, name, names, files)
		}
		for file, content := range attached {
			_, kept, err := w.store.EditionFile(w.t.Context(), e.ID, file)
			if err != nil || !bytes.Equal(kept, content) || !bytes.HasPrefix(content, []byte("%PDF-")) {
				w.t.Errorf("%s: %s with %s's letter is not what is kept: %v", e.ID, file, name, err)
			}
		}
		if !strings.Contains(text, "https://ciiscan.cert.example/") {
			w.t.Errorf("%s's letter leads nowhere:\n%s", name, text)
		}
		if link := "/reports/" + string(e.ID) + "/html?lang="; name != "bare" && !strings.Contains(text, link) {
			w.t.Errorf("%s's letter has no link to %s", name, link)
		}
	}
	for _, secret := range []string{"A test page", "192.0.2.1", "%PDF", "application/pdf", "Begin with"} {
		if bytes.Contains(got["bare"], []byte(secret)) {
			w.t.Errorf("%q goes to who has no key", secret)
		}
	}
}

// wrongPage prints another report's page: what comes of it fails its check.
type wrongPage struct{ press.Printer }

func (p wrongPage) Print(ctx context.Context, id string, page []byte, files []reports.File) ([]byte, error) {
	return p.Printer.Print(ctx, id, bytes.ReplaceAll(page, []byte(id), []byte("weekly-ORG-99")), files)
}

// fat prints more than mail may carry.
type fat struct{ press.Printer }

func (p fat) Print(ctx context.Context, id string, page []byte, files []reports.File) ([]byte, error) {
	out, err := p.Printer.Print(ctx, id, page, files)
	return append(out, bytes.Repeat([]byte{' '}, post.MaxAttached)...), err
}

// TestLettersBringTheReport takes a week's report from its making to what four
// contacts have in hand: each in its language, sealed with its key.
func TestLettersBringTheReport(t *testing.T) {
	w := newLetterWorld(t)
	ctx := t.Context()
	from, to, week := edition.Period(time.Now(), time.UTC)
	if _, err := w.store.BeginRun(ctx, "mara", from, to, week); err != nil {
		t.Fatal(err)
	}
	e := w.edition()
	chromium := w.weekly.press.Printer

	// A PDF that fails its check is kept nowhere, and sent by nobody.
	w.weekly.press.Printer = wrongPage{chromium}
	if err := w.weekly.press.Make(ctx, e.Num); err == nil || !strings.Contains(err.Error(), "does not stand in its text") {
		t.Fatalf("a wrong page was printed: %v", err)
	}
	if e = w.edition(); e.State != edition.NotRendered || len(edition.Documents(e.Files, []string{"en", "bn"})) > 0 {
		t.Errorf("it is %s with %+v", e.State, e.Files)
	}
	if refused := w.act(e.ID, edition.ActCheck, edition.ActApprove, edition.ActSend); len(refused) != 3 {
		t.Errorf("of check, approve and send only %v are refused", refused)
	}
	if got := w.mails(); len(got) > 0 {
		t.Errorf("%d mails went out", len(got))
	}

	w.weekly.press.Printer = chromium
	if err := w.weekly.press.Make(ctx, e.Num); err != nil {
		t.Fatal(err)
	}
	e = w.edition()
	w.act(e.ID, edition.ActCheck, edition.ActApprove, edition.ActSend)
	id := string(e.ID)
	w.get(e, map[string][]string{"bn": {id + ".bn.pdf"}, "en": {id + ".pdf"}, "both": {id + ".hi.pdf", id + ".pdf"}, "bare": {}})
	w.alike(e.ID)
	w.reprint(e)

	// The revision is too large for mail: everybody gets the letter without.
	second, err := w.store.ReviseEdition(ctx, "mara", e.ID, "a scan came late")
	if err != nil {
		t.Fatal(err)
	}
	w.weekly.press.Printer = fat{chromium}
	if err := w.weekly.press.Make(ctx, second.Num); err != nil {
		t.Fatal(err)
	}
	second = w.edition()
	w.act(second.ID, edition.ActCheck, edition.ActApprove, edition.ActSend)
	w.get(second, map[string][]string{"bn": {}, "en": {}, "both": {}, "bare": {}})
}

var tile = regexp.MustCompile(`<li data-key="([a-z_]+)">.*?<b>(?:<a[^>]*>)?([^<]*)`)

// alike holds the numbers of the pages in all languages to each other.
func (w *letterWorld) alike(id edition.EditionID) {
	w.t.Helper()
	figures := map[string]string{}
	for _, suffix := range []string{".html", ".bn.html", ".hi.html"} {
		_, page, err := w.store.EditionFile(w.t.Context(), id, string(id)+suffix)
		if err != nil {
			w.t.Fatal(err)
		}
		found := tile.FindAllStringSubmatch(latin(string(page)), -1)
		if len(found) < 10 {
			w.t.Fatalf("%s has %d figures", suffix, len(found))
		}
		for _, m := range found {
			if was, known := figures[m[1]]; known && was != m[2] {
				w.t.Errorf("%s is %s in English, and %s in %s", m[1], was, m[2], suffix)
			} else if regexp.MustCompile(`^[0-9,]+$`).MatchString(m[2]) {
				figures[m[1]] = m[2]
			}
		}
	}
	if len(figures) < 10 || figures["open_high"] != "1" {
		w.t.Errorf("the figures are %v", figures)
	}
}

// latin writes Bangla figures as English ones.
func latin(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '০' && r <= '৯' {
			return r - '০' + '0'
		}
		return r
	}, s)
}

// reprint makes a sent edition again with a program that has changed since:
// what is handed out stays what was issued.
func (w *letterWorld) reprint(e edition.Edition) {
	w.t.Helper()
	before := w.files(e.ID)
	options := w.weekly.press.Options
	w.weekly.press.Options = func(string) reports.Options { return reports.Options{} } // other fonts and links
	defer func() { w.weekly.press.Options = options }()
	if err := w.weekly.press.Make(w.t.Context(), e.Num); err != nil {
		w.t.Fatal(err)
	}
	if after := w.files(e.ID); !maps.Equal(before, after) {
		w.t.Error("the reprint has other bytes")
	}
	if _, err := w.store.ReviseEdition(w.t.Context(), "mara", e.ID, " "); err == nil {
		w.t.Error("it is made anew without a reason")
	}
	m, err := manifest.Parse([]byte(before[string(e.ID)+manifest.Suffix]))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range []string{".html", ".bn.html", ".hi.html", ".pdf", ".bn.pdf", ".hi.pdf"} {
		if listed, ok := m.Find(edition.SHA256([]byte(before[string(e.ID)+name]))); !ok || listed != string(e.ID)+name {
			w.t.Errorf("the manifest proves no %s", name)
		}
	}
}

func (w *letterWorld) files(id edition.EditionID) map[string]string {
	w.t.Helper()
	e, err := w.store.Edition(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range e.Files {
		_, content, err := w.store.EditionFile(w.t.Context(), id, f.Name)
		if err != nil {
			w.t.Fatal(err)
		}
		if edition.SHA256(content) != f.SHA256 {
			w.t.Errorf("%s is not what its hash says", f.Name)
		}
		out[f.Name] = string(content)
	}
	return out
}
