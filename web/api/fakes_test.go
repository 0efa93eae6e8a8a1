package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// noon is when every test happens.
var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// A fake is the store, the planner and the scheduler: it keeps what it is
// given and hands it out again, two objects to a page when asked for two.
type fake struct {
	orgs       []inventory.Organization
	assets     []inventory.Asset
	auths      []inventory.Authorization
	exclusions []inventory.Exclusion
	schedules  []scanner.Schedule
	scans      []scanner.ScanStatus
	findings   []inventory.Finding
	advisories []advisory.Advisory
	stop       scanner.StopOrder
	document   []byte
	acts       []string // "who did what"
	fails      error    // what Organizations fails with
}

func (f *fake) did(who, what string) { f.acts = append(f.acts, who+" "+what) }

// paged cuts a page as the store does; its cursor is a number.
func paged[T any](all []T, p inventory.Page) ([]T, string, error) {
	from := 0
	if p.Cursor != "" {
		var err error
		if from, err = strconv.Atoi(p.Cursor); err != nil {
			return nil, "", &inventory.InputError{Field: "cursor", Value: p.Cursor, Message: "not a cursor of this list"}
		}
	}
	to := min(len(all), from+p.Limit)
	if to < len(all) {
		return all[from:to], strconv.Itoa(to), nil
	}
	return all[from:to], "", nil
}

func missing(kind, id string) error {
	return fmt.Errorf("%s %s: %w", kind, id, inventory.ErrNotFound)
}

func (f *fake) UserByToken(_ context.Context, secret string) (string, string, error) {
	role := strings.TrimPrefix(secret, auth.TokenPrefix)
	for _, r := range auth.Roles() {
		if role == string(r) {
			return "the-" + role, role, nil
		}
	}
	return "", "", missing("token", "")
}

func (f *fake) CreateOrganization(_ context.Context, who string, o inventory.Organization) (inventory.Organization, error) {
	f.did(who, "organization.create")
	o.ID, o.CreatedAt = inventory.OrganizationID(fmt.Sprintf("ORG-%d", len(f.orgs)+1)), noon
	f.orgs = append(f.orgs, o)
	return o, nil
}

func (f *fake) Organization(_ context.Context, id inventory.OrganizationID) (inventory.Organization, error) {
	for _, o := range f.orgs {
		if o.ID == id {
			return o, nil
		}
	}
	return inventory.Organization{}, missing("organization", string(id))
}

func (f *fake) Organizations(_ context.Context, p inventory.Page) ([]inventory.Organization, string, error) {
	if f.fails != nil {
		return nil, "", f.fails
	}
	return paged(f.orgs, p)
}

func (f *fake) AddContact(_ context.Context, who string, _ inventory.OrganizationID, c inventory.Contact) (inventory.Contact, error) {
	f.did(who, "contact.add")
	c.ID = "C-1"
	return c, nil
}

func (f *fake) CreateAssets(_ context.Context, who string, assets []inventory.Asset) ([]inventory.Asset, error) {
	for i := range assets {
		f.did(who, "asset.create")
		assets[i].ID = inventory.AssetID(fmt.Sprintf("A-%d", len(f.assets)+1))
		f.assets = append(f.assets, assets[i])
	}
	return assets, nil
}

func (f *fake) Asset(_ context.Context, id inventory.AssetID) (inventory.Asset, error) {
	for _, a := range f.assets {
		if a.ID == id {
			return a, nil
		}
	}
	return inventory.Asset{}, missing("asset", string(id))
}

func (f *fake) Assets(_ context.Context, q inventory.AssetFilter, p inventory.Page) ([]inventory.Asset, string, error) {
	var out []inventory.Asset
	for _, a := range f.assets {
		if q.Class == "" || a.Class == q.Class {
			out = append(out, a)
		}
	}
	return paged(out, p)
}

func (f *fake) AssetsByAddress(_ context.Context, canonical []string) (map[string]inventory.Asset, error) {
	out := map[string]inventory.Asset{}
	for _, text := range canonical {
		for _, a := range f.assets {
			if a.Address.String() == text {
				out[text] = a
			}
		}
	}
	return out, nil
}

func (f *fake) MoveAsset(_ context.Context, who string, id inventory.AssetID, to inventory.OrganizationID, reason string) error {
	f.did(who, fmt.Sprintf("asset.move %s to %s: %s", id, to, reason))
	return nil
}

func (f *fake) RetireAsset(_ context.Context, who string, id inventory.AssetID, reason string) error {
	f.did(who, fmt.Sprintf("asset.retire %s: %s", id, reason))
	return nil
}

func (f *fake) AssetHistory(_ context.Context, id inventory.AssetID) ([]inventory.Ownership, error) {
	return []inventory.Ownership{{Asset: id, Org: "ORG-1", From: noon, Reason: "registered"}}, nil
}

func (f *fake) CreateAuthorization(_ context.Context, who string, a inventory.Authorization, document []byte) (inventory.Authorization, error) {
	f.did(who, "authorization.create")
	f.document = document
	a.ID = "AUTH-1"
	f.auths = append(f.auths, a)
	return a, nil
}

func (f *fake) Authorizations(_ context.Context, _ inventory.OrganizationID, p inventory.Page) ([]inventory.Authorization, string, error) {
	return paged(f.auths, p)
}

func (f *fake) RevokeAuthorization(_ context.Context, who string, id inventory.AuthorizationID, reason string) error {
	f.did(who, fmt.Sprintf("authorization.revoke %s: %s", id, reason))
	return nil
}

func (f *fake) CreateExclusion(_ context.Context, who string, x inventory.Exclusion) (inventory.Exclusion, error) {
	f.did(who, "exclusion.create")
	x.ID = "X-1"
	f.exclusions = append(f.exclusions, x)
	return x, nil
}

func (f *fake) Exclusions(_ context.Context, p inventory.Page) ([]inventory.Exclusion, string, error) {
	return paged(f.exclusions, p)
}

func (f *fake) EndExclusion(_ context.Context, who string, id inventory.ExclusionID) error {
	f.did(who, "exclusion.end "+string(id))
	return nil
}

func (f *fake) Schedule(_ context.Context, id scanner.ScheduleID) (scanner.Schedule, error) {
	for _, s := range f.schedules {
		if s.ID == id {
			return s, nil
		}
	}
	return scanner.Schedule{}, missing("schedule", string(id))
}

func (f *fake) Schedules(_ context.Context, _ inventory.OrganizationID, p inventory.Page) ([]scanner.Schedule, string, error) {
	return paged(f.schedules, p)
}

func (f *fake) PauseSchedule(_ context.Context, who string, id scanner.ScheduleID) error {
	f.did(who, "schedule.pause "+string(id))
	return nil
}

func (f *fake) NewSchedule(_ context.Context, who string, s scanner.Schedule) (scanner.Schedule, error) {
	f.did(who, "schedule.create")
	s.ID, s.NextAt = "SCH-1", noon.Add(time.Hour)
	f.schedules = append(f.schedules, s)
	return s, nil
}

func (f *fake) Resume(_ context.Context, who string, id scanner.ScheduleID) error {
	f.did(who, "schedule.resume "+string(id))
	return nil
}

func (f *fake) RunSchedule(ctx context.Context, who string, id scanner.ScheduleID) (scanner.Scan, error) {
	if _, err := f.Schedule(ctx, id); err != nil {
		return scanner.Scan{}, err
	}
	return f.Start(ctx, who, "ORG-1", "", "standard")
}

func (f *fake) Start(_ context.Context, who string, org inventory.OrganizationID, asset inventory.AssetID, profile string) (scanner.Scan, error) {
	f.did(who, "scan.start")
	s := scanner.ScanStatus{Scan: scanner.Scan{
		ID: scanner.ScanID(fmt.Sprintf("S-%d", len(f.scans)+1)), Org: org, Asset: asset, Profile: profile,
		Trigger: scanner.TriggerManual, State: scanner.ScanQueued, Actor: who, CreatedAt: noon,
	}}
	s.Tasks.Total = 2
	f.scans = append(f.scans, s)
	return s.Scan, nil
}

func (f *fake) Scan(_ context.Context, id scanner.ScanID) (scanner.ScanStatus, error) {
	for _, s := range f.scans {
		if s.ID == id {
			return s, nil
		}
	}
	return scanner.ScanStatus{}, missing("scan", string(id))
}

func (f *fake) Scans(_ context.Context, _ inventory.OrganizationID, p inventory.Page) ([]scanner.ScanStatus, string, error) {
	return paged(f.scans, p)
}

func (f *fake) CancelScan(_ context.Context, who string, id scanner.ScanID, reason string) error {
	f.did(who, fmt.Sprintf("scan.cancel %s: %s", id, reason))
	return nil
}

func (f *fake) Stop(context.Context) (scanner.StopOrder, error) { return f.stop, nil }

func (f *fake) StopScanning(_ context.Context, who, reason string) error {
	f.stop = scanner.StopOrder{On: true, By: who, Reason: reason, At: noon}
	return nil
}

func (f *fake) AllowScanning(_ context.Context, who, reason string) error {
	f.stop = scanner.StopOrder{By: who, Reason: reason, At: noon}
	return nil
}

func (f *fake) Findings(_ context.Context, q inventory.FindingFilter, p inventory.Page) ([]inventory.Finding, string, error) {
	var out []inventory.Finding
	for _, x := range f.findings {
		match := len(q.Severities) == 0
		for _, s := range q.Severities {
			match = match || s == x.Severity
		}
		if match {
			out = append(out, x)
		}
	}
	return paged(out, p)
}

func (f *fake) Finding(_ context.Context, id inventory.FindingID) (inventory.Finding, error) {
	for _, x := range f.findings {
		if x.ID == id {
			return x, nil
		}
	}
	return inventory.Finding{}, missing("finding", string(id))
}

func (f *fake) FindingEvents(_ context.Context, id inventory.FindingID) ([]inventory.FindingEvent, error) {
	return []inventory.FindingEvent{{Finding: id, At: noon, Actor: "scan", Kind: inventory.EventOpened, To: "open", Reason: "seen first"}}, nil
}

func (f *fake) Evidence(_ context.Context, _ inventory.EvidenceID) (inventory.Evidence, error) {
	return inventory.Evidence{Request: []byte("GET / HTTP/1.1"), Response: []byte("\x1b[2J<script>\xff")}, nil
}

func (f *fake) SetWaiver(_ context.Context, who string, id inventory.FindingID, w inventory.Waiver) error {
	f.did(who, "finding.waive "+string(id))
	for i := range f.findings {
		if f.findings[i].ID == id {
			f.findings[i].Waiver = w
		}
	}
	return nil
}

func (f *fake) SetWork(_ context.Context, who string, id inventory.FindingID, w inventory.Work, _ string) error {
	f.did(who, fmt.Sprintf("finding.work %s %s", id, w))
	return nil
}

func (f *fake) Checks(context.Context) (map[inventory.CheckID]inventory.Check, error) {
	return map[inventory.CheckID]inventory.Check{
		"cii-telnet":     {ID: "cii-telnet", Title: "Telnet is open", Severity: inventory.SeverityHigh, Source: "exposure", Protocol: "port"},
		"cii-git-config": {ID: "cii-git-config", Title: "Source code is readable", Severity: inventory.SeverityMedium, Source: "template", Protocol: "http"},
	}, nil
}

func (f *fake) WeeklyData(_ context.Context, org inventory.OrganizationID, from, to time.Time) (reports.Data, error) {
	d := reports.Data{From: from, To: to, At: noon, Orgs: map[inventory.OrganizationID]inventory.Organization{}}
	for _, o := range f.orgs {
		d.Orgs[o.ID] = o
		if o.ID == org {
			d.Org = &o
		}
	}
	return d, nil
}

func (f *fake) AdvisoryFacts(_ context.Context, check inventory.CheckID) (advisory.Facts, error) {
	all, err := f.Checks(context.Background())
	return advisory.Facts{Check: all[check], Findings: f.findings, Orgs: f.orgs, Assets: f.assets}, err
}

func (f *fake) CreateAdvisory(_ context.Context, who string, a advisory.Advisory) (advisory.Advisory, error) {
	f.did(who, "advisory.create")
	a.ID = advisory.ID(fmt.Sprintf("ADV-%d", len(f.advisories)+1))
	f.advisories = append(f.advisories, a)
	return a, nil
}

func (f *fake) Advisory(_ context.Context, id advisory.ID) (advisory.Advisory, error) {
	for _, a := range f.advisories {
		if a.ID == id {
			return a, nil
		}
	}
	return advisory.Advisory{}, missing("advisory", string(id))
}

func (f *fake) Advisories(_ context.Context, p inventory.Page) ([]advisory.Advisory, string, error) {
	return paged(f.advisories, p)
}

func (f *fake) ApproveAdvisory(_ context.Context, who string, id advisory.ID) (advisory.Advisory, error) {
	for i := range f.advisories {
		if f.advisories[i].ID == id {
			a, err := advisory.Approve(f.advisories[i], who, noon)
			if err == nil {
				f.advisories[i] = a
			}
			return a, err
		}
	}
	return advisory.Advisory{}, missing("advisory", string(id))
}

func (f *fake) CreateToken(_ context.Context, who, user, name, role string, _ time.Time) (string, error) {
	f.did(who, fmt.Sprintf("token.create %s/%s %s", user, name, role))
	return "cii_secret", nil
}

func (f *fake) RevokeToken(_ context.Context, who, user, name string) error {
	f.did(who, fmt.Sprintf("token.revoke %s/%s", user, name))
	return nil
}

func (f *fake) AuditRecords(_ context.Context, p inventory.Page) ([]audit.Record, string, error) {
	return paged([]audit.Record{{Seq: 1, At: noon, Actor: "amara", Act: "organization.create", Object: "ORG-1", Hash: "h"}}, p)
}

func (f *fake) VerifyAudit(context.Context) (int64, error) { return 1, nil }

// newFake is a store with one of everything.
func newFake(t *testing.T) *fake {
	t.Helper()
	address, err := inventory.ParseAddress("192.0.2.10")
	if err != nil {
		t.Fatal(err)
	}
	return &fake{
		orgs:   []inventory.Organization{{ID: "ORG-1", Name: "Grid", Sector: inventory.SectorEnergy, Country: "LK", TimeZone: "Asia/Colombo", Criticality: inventory.CriticalityHigh}},
		assets: []inventory.Asset{{ID: "A-1", Org: "ORG-1", Address: address, Class: inventory.OT, Criticality: inventory.CriticalityHigh}},
		auths: []inventory.Authorization{{
			ID: "AUTH-9", Org: "ORG-1", State: inventory.AuthActive, Level: inventory.LevelStandard,
			Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Until: noon.Add(-time.Hour),
		}},
		findings: []inventory.Finding{{
			ID: "F-1", Org: "ORG-1", Title: "Telnet is open", Severity: inventory.SeverityHigh, Detection: inventory.Open, Work: inventory.WorkNew,
			FindingKey: inventory.FindingKey{Asset: "A-1", Addr: netip.MustParseAddr("192.0.2.10"), Port: 23, Transport: inventory.TCP, Check: "cii-telnet"},
			FirstSeen:  noon, LastSeen: noon, Evidence: "e1",
		}},
	}
}

// newAPI serves f.
func newAPI(t *testing.T, f *fake) http.Handler {
	t.Helper()
	return New(deps(f))
}

func deps(f *fake) Deps {
	return Deps{
		Tokens: f, TokenAdmin: f, Organizations: f, Assets: f, Owners: f, Authorizations: f, Exclusions: f,
		Schedules: f, Scheduler: f, Scans: f, Planner: f, Switch: f, Findings: f, Decisions: f, Checks: f,
		Weekly: f, Advisories: f, Drafts: f, Audit: f,
		Health:    func(context.Context) (wire.Health, error) { return wire.Health{SchemaVersion: 4}, nil },
		Admit:     []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		Publisher: "CERT of Nowhere", Namespace: "https://cert.example",
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon }, Version: "test",
	}
}

// call makes one request as a role; body is JSON unless a type is given.
func call(h http.Handler, role auth.Role, method, path, body string, contentType ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if len(contentType) > 0 {
		r.Header.Set("Content-Type", contentType[0])
	}
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+auth.TokenPrefix+string(role))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
