// Package apitest is a store, planner and scheduler in memory, for tests of
// whatever speaks the API. It keeps what it is given and hands it out again;
// it checks nothing that the real ones check.
package apitest

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/run"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/auth"
)

// Noon is when every test happens.
var Noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// A Fake is the store, the planner and the scheduler. Set its fields before
// its first use; it is for one goroutine at a time.
type Fake struct {
	Orgs       []inventory.Organization
	Registered []inventory.Asset
	Auths      []inventory.Authorization
	Unverified error // what is wrong with the audit log, or with reading it
	Excluded   []inventory.Exclusion
	Scheduled  []scanner.Schedule
	Started    []scanner.ScanStatus
	Found      []inventory.Finding
	Drafted    []advisory.Advisory
	Published  []advisory.Bulletin
	Issued     []run.Edition
	Order      scanner.StopOrder
	Document   []byte
	Peers      []exchange.Team
	Wishes     []exchange.KeyChange
	Polled     []exchange.Source
	Agreed     []exchange.Agreement
	LetOut     []exchange.Release
	Came       []exchange.Inbound
	Hits       []exchange.Match
	Told       []exchange.Answer
	Earlier    []advisory.Advisory // earlier revisions
	Said       []advisory.Comment
	Clause     string // by which the gate refuses; "" lets out
	Leak       string // that a preview finds
	Mailed     []notify.Notice
	Acts       []string // "who did what"
	Fails      error    // what Organizations fails with
	Taken      []string // what was looked at or taken out, and recorded
	// Ends is how scans end: each look at one sees one more task done, and in
	// the end this state. Without it they wait for ever.
	Ends scanner.ScanState
	// Skipped is what new scans leave out; with Empty that is everything.
	Skipped []scanner.Skip
	Empty   bool
}

func (f *Fake) did(who, what string) { f.Acts = append(f.Acts, who+" "+what) }

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

// UserByToken knows the tokens cii_ROLE of the users the-ROLE.
func (f *Fake) UserByToken(_ context.Context, secret string) (auth.Identity, error) {
	role := strings.TrimPrefix(secret, auth.TokenPrefix)
	for _, r := range auth.Roles() {
		if role == string(r) {
			id := auth.Identity{User: "the-" + role, Role: r}
			if id.Bound() {
				id.Org = "ORG-1"
			}
			return id, nil
		}
	}
	return auth.Identity{}, missing("token", "")
}

// CreateOrganization stands in for the real one.
func (f *Fake) CreateOrganization(_ context.Context, who string, o inventory.Organization) (inventory.Organization, error) {
	f.did(who, "organization.create")
	o.ID, o.CreatedAt = inventory.OrganizationID(fmt.Sprintf("ORG-%d", len(f.Orgs)+1)), Noon
	f.Orgs = append(f.Orgs, o)
	return o, nil
}

// Organization stands in for the real one.
func (f *Fake) Organization(_ context.Context, id inventory.OrganizationID) (inventory.Organization, error) {
	for _, o := range f.Orgs {
		if o.ID == id {
			return o, nil
		}
	}
	return inventory.Organization{}, missing("organization", string(id))
}

// SearchOrganizations stands in for the real one.
func (f *Fake) SearchOrganizations(_ context.Context, q inventory.OrganizationFilter, p inventory.Page) ([]inventory.Organization, string, error) {
	if f.Fails != nil {
		return nil, "", f.Fails
	}
	var out []inventory.Organization
	for _, o := range f.Orgs {
		if (q.ID == "" || o.ID == q.ID) && strings.Contains(strings.ToLower(o.Name), strings.ToLower(q.Text)) {
			out = append(out, o)
		}
	}
	return paged(out, p)
}

// AddContact stands in for the real one.
func (f *Fake) AddContact(_ context.Context, who string, _ inventory.OrganizationID, c inventory.Contact) (inventory.Contact, error) {
	f.did(who, "contact.add")
	c.ID = "C-1"
	return c, nil
}

// CreateAssets stands in for the real one.
func (f *Fake) CreateAssets(_ context.Context, who string, assets []inventory.Asset) ([]inventory.Asset, error) {
	for i := range assets {
		f.did(who, "asset.create")
		assets[i].ID = inventory.AssetID(fmt.Sprintf("A-%d", len(f.Registered)+1))
		f.Registered = append(f.Registered, assets[i])
	}
	return assets, nil
}

// Asset stands in for the real one.
func (f *Fake) Asset(_ context.Context, id inventory.AssetID) (inventory.Asset, error) {
	for _, a := range f.Registered {
		if a.ID == id {
			return a, nil
		}
	}
	return inventory.Asset{}, missing("asset", string(id))
}

// AssetOverviews stands in for the real one.
func (f *Fake) AssetOverviews(_ context.Context, q inventory.AssetFilter, p inventory.Page) ([]inventory.AssetOverview, string, error) {
	var out []inventory.AssetOverview
	for _, a := range f.Registered {
		if q.Class == "" || a.Class == q.Class {
			out = append(out, inventory.AssetOverview{Asset: a, Policy: inventory.ScanPolicy{State: inventory.PolicyMissing}})
		}
	}
	return paged(out, p)
}

// AssetsByAddress stands in for the real one.
func (f *Fake) AssetsByAddress(_ context.Context, canonical []string) (map[string]inventory.Asset, error) {
	out := map[string]inventory.Asset{}
	for _, text := range canonical {
		for _, a := range f.Registered {
			if a.Address.String() == text {
				out[text] = a
			}
		}
	}
	return out, nil
}

// MoveAsset stands in for the real one.
func (f *Fake) MoveAsset(_ context.Context, who string, id inventory.AssetID, to inventory.OrganizationID, reason string) error {
	f.did(who, fmt.Sprintf("asset.move %s to %s: %s", id, to, reason))
	return nil
}

// RetireAsset stands in for the real one.
func (f *Fake) RetireAsset(_ context.Context, who string, id inventory.AssetID, reason string) error {
	f.did(who, fmt.Sprintf("asset.retire %s: %s", id, reason))
	return nil
}

// AssetHistory stands in for the real one.
func (f *Fake) AssetHistory(_ context.Context, id inventory.AssetID) ([]inventory.Ownership, error) {
	return []inventory.Ownership{{Asset: id, Org: "ORG-1", From: Noon, Reason: "registered"}}, nil
}

// CreateAuthorization stands in for the real one.
func (f *Fake) CreateAuthorization(_ context.Context, who string, a inventory.Authorization, document []byte) (inventory.Authorization, error) {
	f.did(who, "authorization.create")
	f.Document = document
	a.ID = "AUTH-1"
	f.Auths = append(f.Auths, a)
	return a, nil
}

// Authorizations stands in for the real one.
func (f *Fake) Authorizations(_ context.Context, _ inventory.OrganizationID, p inventory.Page) ([]inventory.Authorization, string, error) {
	return paged(f.Auths, p)
}

// RevokeAuthorization stands in for the real one.
func (f *Fake) RevokeAuthorization(_ context.Context, who string, id inventory.AuthorizationID, reason string) error {
	f.did(who, fmt.Sprintf("authorization.revoke %s: %s", id, reason))
	return nil
}

// CreateExclusion stands in for the real one.
func (f *Fake) CreateExclusion(_ context.Context, who string, x inventory.Exclusion) (inventory.Exclusion, error) {
	f.did(who, "exclusion.create")
	x.ID = "X-1"
	f.Excluded = append(f.Excluded, x)
	return x, nil
}

// Exclusions stands in for the real one.
func (f *Fake) Exclusions(_ context.Context, p inventory.Page) ([]inventory.Exclusion, string, error) {
	return paged(f.Excluded, p)
}

// ExclusionsWithin stands in for the real one.
func (f *Fake) ExclusionsWithin(context.Context, time.Time, time.Time, int) ([]inventory.Exclusion, error) {
	return f.Excluded, nil
}

// EndExclusion stands in for the real one.
func (f *Fake) EndExclusion(_ context.Context, who string, id inventory.ExclusionID) error {
	f.did(who, "exclusion.end "+string(id))
	return nil
}

// New is a store with one of everything.
func New() *Fake {
	address, err := inventory.ParseAddress("192.0.2.10")
	if err != nil {
		panic(err) // a constant
	}
	return &Fake{
		Orgs:       []inventory.Organization{{ID: "ORG-1", Name: "Grid", Sector: inventory.SectorEnergy, Country: "LK", TimeZone: "Asia/Colombo", Criticality: inventory.CriticalityHigh}},
		Registered: []inventory.Asset{{ID: "A-1", Org: "ORG-1", Address: address, Class: inventory.OT, Criticality: inventory.CriticalityHigh}},
		Auths: []inventory.Authorization{{
			ID: "AUTH-9", Org: "ORG-1", State: inventory.AuthActive, Level: inventory.LevelStandard, OTLevel: inventory.LevelLight,
			Method: inventory.MethodMandate, Reference: "Act 5",
			Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Until: Noon.Add(-time.Hour),
		}},
		Found: []inventory.Finding{{
			ID: "F-1", Org: "ORG-1", Title: "Telnet is open", Severity: inventory.SeverityHigh, Detection: inventory.Open, Work: inventory.WorkNew,
			FindingKey: inventory.FindingKey{Asset: "A-1", Addr: netip.MustParseAddr("192.0.2.10"), Port: 23, Transport: inventory.TCP, Check: "cii-telnet"},
			FirstSeen:  Noon, LastSeen: Noon, Evidence: "e1",
		}},
		Mailed: []notify.Notice{{
			ID: "N-1", Org: "ORG-1", Contact: "C-1", To: "desk@example.org", Kind: notify.Weekly, State: notify.SentOff, Protection: notify.OpenPGP,
			Language: "en", Letter: notify.Letter{Kind: notify.Weekly, TLP: notify.Amber, OrgName: "Grid", Week: "2026-W44", At: Noon}, CreatedAt: Noon, SentAt: &Noon,
		}},
		Peers: []exchange.Team{{
			ID: "TEAM-1", Name: "CERT of Nowhere", Country: "IN", State: exchange.TeamConfirmed, CreatedAt: Noon,
			Contacts: []exchange.Contact{{Role: exchange.PointOfContact, Name: "Desk", Email: "desk@nowhere.example"}},
		}},
		Came: incoming(),
		Hits: []exchange.Match{{
			Inbound: "IN-1", Org: "ORG-1", Asset: "A-1", Service: "192.0.2.10 6379/tcp", How: "cpe redis 6.0.9", Verdict: exchange.VerdictAffected, MatchedAt: Noon,
		}},
	}
}
