package api

import (
	"context"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerCertificates() {
	handle(s, "list-certificates", "GET /certificates", "List the certificates that services show, the next to end first", s.listCertificates)
}

func (s *server) listCertificates(ctx context.Context, in *struct {
	Paging
	Org        string `query:"org" maxLength:"100" doc:"Only this organisation's."`
	Asset      string `query:"asset" maxLength:"100" doc:"Only this asset's."`
	Ends       int    `query:"ends" minimum:"0" maximum:"3660" doc:"Only those that end within so many days, or have ended; 0 for any."`
	SelfSigned string `query:"self_signed" enum:"yes" doc:"Only those that name themselves as their issuer."`
	Text       string `query:"q" maxLength:"200" doc:"A SHA-256 fingerprint or its beginning, or words of the names, the subject or the issuer."`
},
) (*listed[wire.Certificate], error) {
	f := inventory.CertificateFilter{
		Org: inventory.OrganizationID(in.Org), Asset: inventory.AssetID(in.Asset), Text: strings.TrimSpace(in.Text), Self: in.SelfSigned != "",
	}
	if in.Ends > 0 {
		f.Until = s.Now().UTC().AddDate(0, 0, in.Ends)
	}
	all, next, err := s.Keeping.Certificates(ctx, f, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, s.certificate), nil
}

// certificate shows one as it stands now.
func (s *server) certificate(c inventory.SeenCertificate) wire.Certificate {
	now := s.Now()
	return wire.Certificate{
		SHA256: c.SHA256, Subject: c.Subject, Issuer: c.Issuer, Names: append([]string{}, c.Names...), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		DaysLeft: c.DaysLeft(now), Standing: c.Standing(now), KeyType: c.KeyType, KeyBits: c.KeyBits, SelfSigned: c.SelfSigned,
		OrgID: string(c.Org), OrgName: c.OrgName, AssetID: string(c.Asset), What: c.What,
		Address: c.Addr.String(), Port: c.Port, Transport: string(c.Transport), FirstSeen: c.FirstSeen, LastSeen: c.LastSeen, GoneAt: c.GoneAt,
	}
}
