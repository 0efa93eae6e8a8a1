package apitest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/auth"
)

// FindingLines stands in for the real one.
func (f *Fake) FindingLines(_ context.Context, q inventory.FindingFilter, p inventory.Page) ([]inventory.FindingLine, string, error) {
	return paged(f.lines(q), p)
}

func (f *Fake) lines(q inventory.FindingFilter) []inventory.FindingLine {
	var out []inventory.FindingLine
	for _, x := range f.Found {
		match := len(q.Severities) == 0 || slices.Contains(q.Severities, x.Severity)
		match = match && (len(q.IDs) == 0 || slices.Contains(q.IDs, x.ID)) && q.CVSS <= 0
		if match && (q.Org == "" || q.Org == x.Org) {
			out = append(out, inventory.FindingLine{Finding: x})
		}
	}
	return out
}

// CountFindings stands in for the real one.
func (f *Fake) CountFindings(_ context.Context, q inventory.FindingFilter, most int) (inventory.Count, error) {
	n := len(f.lines(q))
	return inventory.Count{N: min(n, most), More: n > most}, nil
}

// FindingLine stands in for the real one.
func (f *Fake) FindingLine(_ context.Context, id inventory.FindingID) (inventory.FindingLine, error) {
	for _, x := range f.Found {
		if x.ID == id {
			return inventory.FindingLine{Finding: x}, nil
		}
	}
	return inventory.FindingLine{}, missing("finding", string(id))
}

// FindingOutlook stands in for the real one.
func (*Fake) FindingOutlook(_ context.Context, f inventory.Finding) (inventory.Outlook, error) {
	return inventory.Outlook{Service: &inventory.Service{Addr: f.Addr, Port: f.Port, Transport: inventory.TCP, Name: "https"}, NextLook: Noon.AddDate(0, 0, 1)}, nil
}

// Check stands in for the real one.
func (f *Fake) Check(ctx context.Context, id inventory.CheckID) (inventory.Check, error) {
	all, err := f.Checks(ctx)
	if c, ok := all[id]; ok || err != nil {
		return c, err
	}
	return inventory.Check{}, missing("check", string(id))
}

// FindingEvents stands in for the real one.
func (f *Fake) FindingEvents(_ context.Context, id inventory.FindingID) ([]inventory.FindingEvent, error) {
	return []inventory.FindingEvent{{Finding: id, At: Noon, Actor: "scan", Kind: inventory.EventOpened, To: "open", Reason: "seen first"}}, nil
}

// Evidence stands in for the real one.
func (f *Fake) Evidence(_ context.Context, _ inventory.EvidenceID) (inventory.Evidence, error) {
	return inventory.Evidence{Request: []byte("GET / HTTP/1.1"), Response: []byte("\x1b[2J<script>\xff")}, nil
}

// SetWaiver stands in for the real one.
func (f *Fake) SetWaiver(_ context.Context, who string, id inventory.FindingID, w inventory.Waiver) error {
	f.did(who, "finding.waive "+string(id))
	for i := range f.Found {
		if f.Found[i].ID == id {
			f.Found[i].Waiver = w
		}
	}
	return nil
}

// SetWork stands in for the real one.
func (f *Fake) SetWork(_ context.Context, who string, id inventory.FindingID, w inventory.Work, _ string) error {
	f.did(who, fmt.Sprintf("finding.work %s %s", id, w))
	return nil
}

// Checks stands in for the real one.
func (f *Fake) Checks(context.Context) (map[inventory.CheckID]inventory.Check, error) {
	return map[inventory.CheckID]inventory.Check{
		"cii-telnet":     {ID: "cii-telnet", Title: "Telnet is open", Severity: inventory.SeverityHigh, Source: "exposure", Protocol: "port"},
		"cii-git-config": {ID: "cii-git-config", Title: "Source code is readable", Severity: inventory.SeverityMedium, Source: "template", Protocol: "http"},
	}, nil
}

// WeeklyData stands in for the real one.
func (f *Fake) WeeklyData(_ context.Context, about reports.Subject, from, to time.Time) (reports.Data, error) {
	d := reports.Data{Subject: about, From: from, To: to, At: Noon, Orgs: map[inventory.OrganizationID]inventory.Organization{}}
	for _, o := range f.Orgs {
		d.Orgs[o.ID] = o
		if o.ID == about.Org {
			d.Org = &o
		}
	}
	return d, nil
}

// AdvisoryFacts stands in for the real one.
func (f *Fake) AdvisoryFacts(ctx context.Context, check inventory.CheckID) (advisory.Facts, error) {
	all, err := f.Checks(ctx)
	return advisory.Facts{Check: all[check], Findings: f.Found, Orgs: f.Orgs, Assets: f.Registered}, err
}

// ChecksOf stands in for the real one.
func (f *Fake) ChecksOf(_ context.Context, findings []inventory.FindingID) ([]inventory.CheckID, error) {
	var out []inventory.CheckID
	for _, x := range f.Found {
		if slices.Contains(findings, x.ID) && !slices.Contains(out, x.Check) {
			out = append(out, x.Check)
		}
	}
	return out, nil
}

// CreateAdvisory stands in for the real one.
func (f *Fake) CreateAdvisory(_ context.Context, who string, a advisory.Advisory) (advisory.Advisory, error) {
	f.did(who, "advisory.create")
	a.ID = advisory.ID(fmt.Sprintf("ADV-%d", len(f.Drafted)+1))
	f.Drafted = append(f.Drafted, a)
	return a, nil
}

// Advisory stands in for the real one.
func (f *Fake) Advisory(_ context.Context, id advisory.ID) (advisory.Advisory, error) {
	for _, a := range f.Drafted {
		if a.ID == id {
			return a, nil
		}
	}
	return advisory.Advisory{}, missing("advisory", string(id))
}

// Advisories stands in for the real one.
func (f *Fake) Advisories(_ context.Context, _ advisory.Filter, p inventory.Page) ([]advisory.Advisory, string, error) {
	return paged(f.Drafted, p)
}

// ApproveAdvisory stands in for the real one.
func (f *Fake) ApproveAdvisory(_ context.Context, who string, id advisory.ID) (advisory.Advisory, error) {
	for i := range f.Drafted {
		if f.Drafted[i].ID == id {
			a, err := advisory.Approve(f.Drafted[i], who, Noon)
			if err == nil {
				f.Drafted[i] = a
			}
			return a, err
		}
	}
	return advisory.Advisory{}, missing("advisory", string(id))
}

// ImportKEV stands in for the real one.
func (f *Fake) ImportKEV(_ context.Context, who string, threats map[string]inventory.Threat) error {
	f.did(who, fmt.Sprintf("feed.import kev %d", len(threats)))
	return nil
}

// ImportEPSS stands in for the real one.
func (f *Fake) ImportEPSS(_ context.Context, who string, threats map[string]inventory.Threat) error {
	f.did(who, fmt.Sprintf("feed.import epss %d", len(threats)))
	return nil
}

// CreateToken stands in for the real one.
func (f *Fake) CreateToken(_ context.Context, who string, of auth.Identity, name string, _ time.Time) (string, error) {
	f.did(who, fmt.Sprintf("token.create %s/%s %s", of.User, name, of.Role))
	return "cii_secret", nil
}

// RevokeToken stands in for the real one.
func (f *Fake) RevokeToken(_ context.Context, who, user, name string) error {
	f.did(who, fmt.Sprintf("token.revoke %s/%s", user, name))
	return nil
}

// AuditAfter stands in for the real one.
func (*Fake) AuditAfter(context.Context, int64, int) ([]audit.Record, error) { return nil, nil }

// AuditRecords stands in for the real one.
func (f *Fake) AuditRecords(_ context.Context, _ audit.Filter, p inventory.Page) ([]audit.Record, string, error) {
	return paged([]audit.Record{{Seq: 1, At: Noon, Actor: "amara", Act: "organization.create", Object: "ORG-1", Hash: "h"}}, p)
}

// RecordAct stands in for the real one, beside the acts that change things.
func (f *Fake) RecordAct(_ context.Context, e audit.Entry) error {
	f.Taken = append(f.Taken, e.Actor+" "+e.Act+" "+e.Object)
	return nil
}

// VerifyAudit stands in for the real one.
func (f *Fake) VerifyAudit(context.Context) (audit.Record, error) {
	return audit.Record{Seq: 1, Hash: "5f2c"}, f.Unverified
}
