package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerAuthorizations() {
	handle(s, "list-authorizations", "GET /authorizations", "List permissions to scan", s.listAuthorizations)
	handle(s, "create-authorization", "POST /authorizations", "Record a permission to scan",
		s.createAuthorization, creates, takesForm("authorization", "document"))
	handle(s, "revoke-authorization", "POST /authorizations/{id}/revoke", "Revoke a permission to scan", s.revokeAuthorization)
}

// An orgQuery is the input of lists that can be one organisation's.
type orgQuery struct {
	Paging
	Org string `query:"org" doc:"Only this organisation's."`
}

func (s *server) listAuthorizations(ctx context.Context, in *struct {
	Paging
	Org   string `query:"org" doc:"Only this organisation's."`
	State string `query:"state" enum:"draft,submitted,active,suspended,expired,revoked" doc:"Only those; the newest first."`
},
) (*listed[wire.Authorization], error) {
	org := inventory.OrganizationID(in.Org)
	list := func() ([]inventory.Authorization, string, error) {
		if in.State == "" {
			return s.Authorizations.Authorizations(ctx, org, in.page())
		}
		return s.Permits.AuthorizationsInState(ctx, org, inventory.AuthorizationState(in.State), in.page())
	}
	auths, next, err := list()
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, auths, next, s.permit), nil
}

func (s *server) createAuthorization(ctx context.Context, in *body[wire.NewAuthorization]) (*created[wire.Authorization], error) {
	org, err := s.Organizations.Organization(ctx, inventory.OrganizationID(in.Body.OrgID))
	if err != nil {
		return nil, err
	}
	a, err := newAuthorization(in.Body, org)
	if err != nil {
		return nil, err
	}
	if a, err = a.Normalize(s.Admit); err != nil {
		return nil, err
	}
	if err := s.checkTXT(ctx, a); err != nil {
		return nil, err
	}
	var document []byte
	if d := in.Body.Document; d != nil {
		document = d.Content
	}
	a, err = s.Authorizations.CreateAuthorization(ctx, who(ctx), a, document)
	if err != nil {
		return nil, err
	}
	return newObject("authorizations", string(a.ID), s.permit(a)), nil
}

// checkTXT looks for the proof of each name that is authorised by DNS.
func (s *server) checkTXT(ctx context.Context, a inventory.Authorization) error {
	if a.Method != inventory.MethodDNS {
		return nil
	}
	check, err := s.askTXT(ctx, a)
	if err != nil {
		return err
	}
	var errs []error
	for i, r := range check.Records {
		if !r.Found {
			errs = append(errs, mistake("name", a.Names[i], "its TXT record does not hold the reference",
				fmt.Sprintf("let the holder publish: %s TXT %q", r.Name, r.Value)))
		}
	}
	return errors.Join(errs...)
}

// askTXT asks the DNS for the proof of each name, in their order.
func (s *server) askTXT(ctx context.Context, a inventory.Authorization) (wire.ProofCheck, error) {
	out := wire.ProofCheck{Proven: true, Records: []wire.ProofRecord{}}
	value := strings.TrimSpace(a.Reference)
	for _, name := range a.Names {
		at := inventory.ProofName(name)
		records, err := s.Names.LookupTXT(ctx, at)
		if errors.Is(err, inventory.ErrUnavailable) {
			return out, fmt.Errorf("look for the proof of %s: %w", name, err)
		}
		r := wire.ProofRecord{Name: at, Value: value, Found: slices.Contains(records, value)}
		r.Others = len(slices.DeleteFunc(records, func(s string) bool { return s == value }))
		out.Proven = out.Proven && r.Found
		out.Records = append(out.Records, r)
	}
	return out, nil
}

func (s *server) revokeAuthorization(ctx context.Context, in *ByIDReason) (*struct{}, error) {
	return nil, s.Authorizations.RevokeAuthorization(ctx, who(ctx), inventory.AuthorizationID(in.ID), in.Body.Reason)
}

// newAuthorization reads what a permission says; whether it may stand is the
// domain's to tell.
func newAuthorization(n wire.NewAuthorization, org inventory.Organization) (inventory.Authorization, error) {
	a := inventory.Authorization{
		Org: org.ID, Names: n.Names, Method: inventory.AuthorizationMethod(n.Method), State: inventory.AuthActive,
		From: n.From.UTC(), Until: n.Until.UTC(),
		TimeZone: cmp.Or(n.TimeZone, org.TimeZone), SignedBy: n.SignedBy, Reference: n.Reference,
	}
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	var err error
	a.Level, err = inventory.ParseLevel(n.Level)
	keep(err)
	if n.OTLevel != "" {
		a.OTLevel, err = inventory.ParseLevel(n.OTLevel)
		keep(err)
	}
	a.Windows, err = inventory.ParseWindows(n.Windows)
	keep(err)
	for _, text := range n.Prefixes {
		p, err := parsePrefix("prefix", text)
		keep(err)
		a.Prefixes = append(a.Prefixes, p)
	}
	if d := n.Document; d != nil {
		sum := sha256.Sum256(d.Content)
		a.Document = inventory.Document{Name: d.Name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(d.Content))}
	}
	return a, errors.Join(errs...)
}

func mistake(field, value, message, hint string) error {
	return &inventory.InputError{Field: field, Value: value, Message: message, Hint: hint}
}

// parsePrefix reads a prefix, or an address as the prefix of itself. One with
// bits behind its length is refused: it may mean a host, or all of the net.
func parsePrefix(field, text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil || p.Addr().Is4In6() {
		return netip.Prefix{}, mistake(field, text, "not an address or a prefix", "write it like 192.0.2.0/24 or 2001:db8::/48")
	}
	if p != p.Masked() {
		return netip.Prefix{}, mistake(field, text, "has bits set behind its length",
			fmt.Sprintf("write %s for the whole net, or %s for the one host", p.Masked(), p.Addr()))
	}
	return p, nil
}

// permit shows a as it stands now.
func (s *server) permit(a inventory.Authorization) wire.Authorization {
	return authorization(a, s.Now())
}

// authorization shows a as it stands now: expiry is computed, not stored.
func authorization(a inventory.Authorization, now time.Time) wire.Authorization {
	if a.State == inventory.AuthActive && !now.Before(a.Until) {
		a.State = inventory.AuthExpired
	}
	out := wire.Authorization{
		ID: string(a.ID), OrgID: string(a.Org), Prefixes: convert(a.Prefixes, netip.Prefix.String),
		Names: append([]string{}, a.Names...), Method: string(a.Method), State: string(a.State),
		Level: a.Level.String(), OTLevel: a.OTLevel.String(), From: a.From.UTC(), Until: a.Until.UTC(),
		Windows: inventory.FormatWindows(a.Windows), TimeZone: a.TimeZone, SignedBy: a.SignedBy,
		Reference: a.Reference, CreatedAt: a.CreatedAt.UTC(), Reason: a.Reason,
		Version: a.Version, CreatedBy: a.CreatedBy, SubmittedBy: a.SubmittedBy, SubmittedAt: some(a.SubmittedAt),
		DecidedBy: a.DecidedBy, DecidedAt: some(a.DecidedAt), CheckedAt: some(a.CheckedAt),
		Rate: scanRate(a.Level),
	}
	if d := a.Document; d.SHA256 != "" {
		out.Document = &wire.Document{Name: d.Name, SHA256: d.SHA256, Size: d.Size}
	}
	return out
}

// scanRate is that of the fastest profile that the level allows.
func scanRate(level inventory.Level) wire.ScanRate {
	var out wire.ScanRate
	for _, p := range scanner.Profiles() {
		if p.Level <= level {
			out.PacketsPerSecond = max(out.PacketsPerSecond, p.PacketsPerSecond)
			out.RequestsPerSecond = max(out.RequestsPerSecond, p.RequestsPerSecond)
		}
	}
	return out
}
