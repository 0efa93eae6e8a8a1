package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Gamma publishes with gocsaf's provider, which is a CGI program.
const (
	gammaURL       = "https://" + gammaAddr + ":8443"
	gammaMetadata  = gammaURL + "/.well-known/csaf/provider-metadata.json"
	gammaNamespace = "https://cert-gamma.example"
	gammaDocument  = "GAMMA-2026-0001"
	gammaPassword  = "of-the-demo-only"
	gammaScript    = "/cgi-bin/csaf_provider.go"
)

// A foreignProvider is a web server with gocsaf's provider behind it.
type foreignProvider struct {
	server *http.Server
	dir    string
}

func (f *foreignProvider) close() { _ = f.server.Close() }

// newForeignProvider starts one that has published nothing yet.
func (s *scenario) newForeignProvider() (*foreignProvider, error) {
	f := &foreignProvider{dir: s.folder("gamma")}
	web := filepath.Join(f.dir, "html")
	if err := os.MkdirAll(web, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of csaf_provider: %w", err)
	}
	public, private, err := keyPair(f.dir, "CERT Gamma", "exchange@cert-gamma.example")
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf(`password = %q
openpgp_public_key = %q
openpgp_private_key = %q
folder = %q
web = %q
canonical_url_prefix = %q
no_passphrase = true
no_web_ui = true
write_indices = true
write_security = true
create_service_document = true
tlps = ["csaf", "white"]

[provider_metadata]
list_on_CSAF_aggregators = false
mirror_on_CSAF_aggregators = false

[provider_metadata.publisher]
category = "coordinator"
name = "CERT Gamma"
namespace = %q
issuing_authority = "CERT Gamma"
contact_details = "exchange@cert-gamma.example"
`, gammaPassword, public, private, f.dir, web, gammaURL, gammaNamespace)
	path := filepath.Join(f.dir, "provider.toml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("configure csaf_provider: %w", err)
	}
	return f, f.serve(s, path, web)
}

func (f *foreignProvider) serve(s *scenario, config, web string) error {
	cert, key, err := s.ca.issue("gamma", gammaAddr)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("load the certificate of csaf_provider: %w", err)
	}
	said, err := os.Create(filepath.Join(f.dir, "provider.log"))
	if err != nil {
		return fmt.Errorf("keep what csaf_provider says: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle(gammaScript+"/", &cgi.Handler{
		Path: filepath.Join(s.tools, "csaf_provider"), Root: gammaScript, Dir: f.dir,
		Env: []string{"CSAF_CONFIG=" + config}, Stderr: said,
	})
	mux.Handle("/", http.FileServer(http.Dir(web)))
	f.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
	}
	ln, err := net.Listen("tcp", gammaAddr+":8443")
	if err != nil {
		return errors.Join(fmt.Errorf("start csaf_provider's web server: %w", err), said.Close())
	}
	go func() {
		_ = f.server.ServeTLS(ln, "", "") // ends with close
		_ = said.Close()
	}()
	return nil
}

// strangerGives has Gamma publish a document, which Beta fetches, checks and
// matches like any other.
func (s *scenario) strangerGives(ctx context.Context) (err error) {
	if s.gamma, err = s.newForeignProvider(); err != nil {
		return err
	}
	document, err := foreignDocument(time.Now())
	if err != nil {
		return err
	}
	path := filepath.Join(s.gamma.dir, "gamma-2026-0001.json")
	if err := os.WriteFile(path, document, 0o600); err != nil {
		return fmt.Errorf("write Gamma's document: %w", err)
	}
	for _, args := range [][]string{{"-a", "create"}, {"-a", "upload", "-t", "csaf", path}} {
		if _, err := s.program(ctx, "uploaded", "csaf_uploader", append([]string{"-u", gammaURL + gammaScript, "-p", gammaPassword}, args...)...); err != nil {
			return err
		}
	}
	if s.gammaPeer, err = s.introduce(ctx, s.beta, party{"CERT Gamma", "NP", "Asia/Kathmandu", gammaNamespace, "exchange@cert-gamma.example"}); err != nil {
		return err
	}
	if err := s.pinOpenPGP(ctx, s.beta, s.gammaPeer, gammaMetadata); err != nil {
		return err
	}
	now := time.Now().UTC()
	if _, err := s.signOne(ctx, s.beta, counterpart{s.gammaPeer, "CERT Gamma"}, "MoU 2025/11", span{now.AddDate(0, -1, 0), now.AddDate(4, 11, 0)}); err != nil {
		return err
	}
	var source wire.Source
	if err := s.beta.CLI.Run(ctx, &source, "peer", "source", "add", s.gammaPeer, "--channel", "csaf", "--url", gammaMetadata,
		"--ca", s.beta.p.Shown(s.ca.file()), "--every", "10s"); err != nil {
		return err
	}
	in, err := s.arrived(ctx, s.beta, gammaDocument, "accepted")
	if err != nil {
		return err
	}
	s.note("a document of csaf_provider at Beta", fmt.Sprintf("%s, signature %s", in.State, in.Signature))
	matches, err := s.decided(ctx, s.beta, in.ID)
	if err != nil {
		return err
	}
	s.note("web servers of that document", tally(matches))
	// Gamma ends with the demo, and would be silent from then on.
	return s.beta.CLI.Run(ctx, nil, "peer", "source", "pause", source.ID)
}

// foreignDocument is an advisory as another's tool would write it.
func foreignDocument(at time.Time) ([]byte, error) {
	var b bytes.Buffer
	err := foreignTemplate.Execute(&b, map[string]string{
		"At": at.UTC().Format(time.RFC3339), "ID": gammaDocument, "Namespace": gammaNamespace,
		"URL": fmt.Sprintf("%s/.well-known/csaf/white/%d/gamma-2026-0001.json", gammaURL, at.UTC().Year()),
	})
	return b.Bytes(), err
}

var foreignTemplate = template.Must(template.New("document").Parse(`{
  "document": {
    "category": "csaf_security_advisory",
    "csaf_version": "2.0",
    "distribution": {"text": "TLP v2.0: TLP:CLEAR", "tlp": {"label": "WHITE"}},
    "lang": "en",
    "notes": [{"category": "summary", "text": "A crafted video file lets the server read outside its memory.", "title": "Summary"}],
    "publisher": {"category": "coordinator", "name": "CERT Gamma", "namespace": "{{.Namespace}}"},
    "references": [{"category": "self", "summary": "This document", "url": "{{.URL}}"}],
    "title": "Web servers that read outside their memory",
    "tracking": {
      "current_release_date": "{{.At}}",
      "id": "{{.ID}}",
      "initial_release_date": "{{.At}}",
      "revision_history": [{"date": "{{.At}}", "number": "1", "summary": "First version"}],
      "status": "final",
      "version": "1"
    }
  },
  "product_tree": {
    "branches": [{
      "branches": [{
        "branches": [{
          "category": "product_version_range",
          "name": "vers:generic/<1.27.1",
          "product": {
            "name": "nginx before 1.27.1",
            "product_id": "P1",
            "product_identification_helper": {"cpe": "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*"}
          }
        }],
        "category": "product_name",
        "name": "nginx"
      }],
      "category": "vendor",
      "name": "F5"
    }]
  },
  "vulnerabilities": [{
    "cve": "CVE-2024-7347",
    "notes": [{"category": "description", "text": "The module for videos reads outside its memory.", "title": "Description"}],
    "product_status": {"known_affected": ["P1"]},
    "remediations": [{"category": "vendor_fix", "details": "Update to 1.27.1 or later.", "product_ids": ["P1"]}]
  }]
}
`))
