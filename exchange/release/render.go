package release

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf"
	"github.com/ciiscan/ciiscan/reports/csaf/semantic"
	"github.com/ciiscan/ciiscan/reports/misp"
	"github.com/ciiscan/ciiscan/reports/stix"
)

// formats are the forms in which each release is written, in this order: the
// later ones refer to the CSAF document. To add one, write a func like
// writeCSAF, which also checks what it wrote, and add it here.
func formats() []func(*Service, *job) error {
	return []func(*Service, *job) error{writeCSAF, writeSTIX, writeMISP}
}

// A job is one release being written.
type job struct {
	draft
	links   map[advisory.ID]string
	csaf    exchange.File
	csafURL string
	files   []exchange.File
	objects []exchange.TAXIIObject
}

func (j *job) add(f exchange.File) exchange.File {
	f.SHA256, f.SHA512 = f.Hashes()
	j.files = append(j.files, f)
	return f
}

// render writes a draft in all formats.
func (s *Service) render(ctx context.Context, d draft) ([]exchange.File, []exchange.TAXIIObject, error) {
	j := &job{draft: d}
	var err error
	if j.links, err = s.links(ctx, d); err != nil {
		return nil, nil, err
	}
	for _, write := range formats() {
		if err := write(s, j); err != nil {
			return nil, nil, err
		}
	}
	return j.files, j.objects, nil
}

// links finds the addresses of the documents that this one names, as its
// audience can fetch them.
func (s *Service) links(ctx context.Context, d draft) (map[advisory.ID]string, error) {
	if s.Shelf == nil || s.Publisher.URL == "" || d.out.Supersedes == "" && d.out.SupersededBy == "" {
		return nil, nil
	}
	pubs, err := s.Shelf.Published(ctx, exchange.Caller{Team: d.audience}, exchange.FormatCSAF)
	if err != nil {
		return nil, fmt.Errorf("find what the audience can fetch: %w", err)
	}
	links := map[advisory.ID]string{}
	for _, p := range pubs {
		if p.Advisory == d.out.Supersedes || p.Advisory == d.out.SupersededBy {
			year := p.InitialReleased.UTC().Format("2006")
			links[p.Advisory] = strings.TrimRight(s.Publisher.URL, "/") + "/" + path.Join(csaf.Label(p.TLP), year, p.File.Name)
		}
	}
	return links, nil
}

// writeCSAF writes the document that is signed. One that a validator would
// refuse is not released.
func writeCSAF(s *Service, j *job) error {
	p := s.Publisher
	p.Links = j.links
	var b bytes.Buffer
	if err := csaf.Encode(&b, j.out, p); err != nil {
		return err
	}
	if err := validCSAF(b.Bytes()); err != nil {
		return fmt.Errorf("check the CSAF document of %s: %w", j.out.ID, err)
	}
	if p.URL != "" {
		j.csafURL = strings.TrimRight(p.URL, "/") + "/" + csaf.Path(j.out, csaf.Label(j.out.TLP))
	}
	j.csaf = j.add(exchange.File{Format: exchange.FormatCSAF, Name: csaf.FileName(j.out), MediaType: "application/json", Bytes: b.Bytes()})
	return nil
}

func validCSAF(raw []byte) error {
	faults, err := csaf.Validate(raw)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return invalid("the schema", faults)
	}
	problems, err := semantic.Check(raw)
	if err != nil {
		return err
	}
	for _, p := range problems {
		faults = append(faults, fmt.Sprintf("test %s at %s: %s", p.Test, p.Path, p.Message))
	}
	if len(faults) > 0 {
		return invalid("the standard", faults)
	}
	return nil
}

func invalid(test string, faults []string) error {
	return fmt.Errorf("%s refuses it: %s: %w", test, inventory.CleanText(strings.Join(faults, "; "), 1000), inventory.ErrInvalid)
}

// writeSTIX writes the objects for TAXII, and the same as one bundle.
func writeSTIX(s *Service, j *job) error {
	objects, err := stix.Encode(j.out, stix.Options{
		Producer: stix.Producer{ID: s.Identity, Name: s.Publisher.Name, Namespace: s.Publisher.Namespace, Contact: s.Publisher.Contact},
		Key:      s.Secret, Audience: string(j.audience), First: j.out.FirstReleased(), Released: j.at,
		CSAF: stix.Link{URL: j.csafURL, SHA256: j.csaf.SHA256}, Previous: j.previous,
	})
	if err != nil {
		return err
	}
	bundle, err := stix.Bundle(objects)
	if err != nil {
		return err
	}
	read, err := stix.Decode(bundle, stix.Limits{})
	if err != nil {
		return fmt.Errorf("read back the STIX bundle of %s: %w", j.out.ID, err)
	}
	if why := misread(read, j.out); why != "" {
		return invalid("reading back its STIX bundle", []string{why})
	}
	for _, o := range objects {
		j.objects = append(j.objects, exchange.TAXIIObject{ID: o.ID, Type: o.Type, Modified: o.Modified, SpecVersion: o.SpecVersion, Raw: o.Raw})
	}
	name := strings.TrimSuffix(csaf.FileName(j.out), ".json") + ".stix.json"
	j.add(exchange.File{Format: exchange.FormatSTIX, Name: name, MediaType: stix.MediaType, Bytes: bundle})
	return nil
}

// misread says what a reader of the bundle would get wrong. What is revoked
// because this revision no longer has it may stand beside the report.
func misread(read stix.Received, a advisory.Advisory) string {
	reports := slices.DeleteFunc(slices.Clone(read.Documents), func(d advisory.Incoming) bool {
		return d.Withdrawn && d.TrackingID != string(a.ID)
	})
	switch {
	case len(read.Skipped) > 0:
		return read.Skipped[0]
	case len(reports) != 1 || reports[0].TrackingID != string(a.ID):
		return fmt.Sprintf("it holds %d reports", len(reports))
	case reports[0].TLP != a.TLP || !reports[0].Labelled:
		return "its label reads " + string(reports[0].TLP)
	case reports[0].Withdrawn != (a.State == advisory.Withdrawn):
		return "whether it is withdrawn reads otherwise"
	}
	return ""
}

// writeMISP writes the event for MISP feeds.
func writeMISP(s *Service, j *job) error {
	e, err := misp.Encode(j.out, misp.Options{
		Org: s.Publisher.Name, OrgUUID: s.Org, Namespace: s.Publisher.Namespace, Key: s.Secret, Audience: string(j.audience),
		Released: j.at, CSAF: misp.Link{URL: j.csafURL, SHA256: j.csaf.SHA256}, Previous: j.previous,
	})
	if err != nil {
		return err
	}
	raw, err := misp.Marshal(e)
	if err != nil {
		return err
	}
	read, err := misp.Decode(raw, misp.Limits{})
	if err != nil {
		return fmt.Errorf("read back the MISP event of %s: %w", j.out.ID, err)
	}
	if why := misread(stix.Received{Documents: []advisory.Incoming{read.Document}}, j.out); why != "" {
		return invalid("reading back its MISP event", []string{why})
	}
	j.add(exchange.File{Format: exchange.FormatMISP, Name: e.FileName(), MediaType: misp.MediaType, Bytes: raw})
	return nil
}

// sign signs the CSAF document, the one of the formats that has a place for a
// signature; mail and bundles are signed as a whole.
func (s *Service) sign(files []exchange.File) error {
	for i, f := range files {
		if f.Format != exchange.FormatCSAF {
			continue
		}
		sig, err := s.Signer.Sign(f.Bytes)
		if err != nil {
			return fmt.Errorf("sign %s: %w", f.Name, err)
		}
		files[i].Signature = sig
	}
	return nil
}
