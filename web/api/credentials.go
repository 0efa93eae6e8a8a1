package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// peerKeyPrefix begins every API key of a peer, so that secret scanners find
// a leaked one.
const peerKeyPrefix = "cii_peer_"

func (s *server) registerCredentials() {
	handle(s, "request-peer-key", "POST /peers/{id}/keys", "Ask to trust a peer's OpenPGP key or TLS certificate", s.requestKey, creates)
	handle(s, "request-key-revocation", "POST /peers/{id}/keys/revoke", "Ask to trust a peer's key or certificate no more", s.requestRevocation, creates)
	handle(s, "list-key-changes", "GET /key-changes", "List wishes to trust or no more to trust a credential", s.listKeyChanges)
	handle(s, "confirm-key-change", "POST /key-changes/{id}/confirm", "Confirm a change that another person asked for", s.confirmKey)
	handle(s, "reject-key-change", "POST /key-changes/{id}/reject", "Put a change away", s.rejectKey)
	handle(s, "create-peer-api-key", "POST /peers/{id}/api-keys", "Give a peer an API key", s.createPeerKey, creates)
	handle(s, "revoke-peer-api-key", "DELETE /peers/{id}/api-keys/{name}", "Take a peer's API key back", s.revokePeerKey)
}

func (s *server) requestKey(ctx context.Context, in *struct {
	ByID
	Body wire.NewPeerKey
},
) (*created[wire.KeyChange], error) {
	change, err := s.newKey(in.Body)
	if err != nil {
		return nil, err
	}
	change.Team, change.Reason = exchange.TeamID(in.ID), in.Body.Reason
	return s.requestChange(ctx, change)
}

// newKey reads what is to be trusted.
func (s *server) newKey(n wire.NewPeerKey) (exchange.KeyChange, error) {
	var change exchange.KeyChange
	switch {
	case (n.OpenPGP == "") == (n.Certificate == ""):
		return change, mistake("openpgp", "", "give an OpenPGP key or a certificate, and not both", "name one file: --openpgp FILE or --certificate FILE")
	case n.OpenPGP != "":
		key, err := s.Exchange.InspectKey(n.OpenPGP, s.Now())
		if err != nil {
			return change, err
		}
		key.VerifiedBy, key.VerifiedHow = n.VerifiedBy, n.VerifiedHow
		change.Kind, change.Key, change.Fingerprint = exchange.OpenPGP, &key, key.Fingerprint
	default:
		cert, err := readCertificate(n.Certificate)
		if err != nil {
			return change, err
		}
		cert.VerifiedBy, cert.VerifiedHow = n.VerifiedBy, n.VerifiedHow
		change.Kind, change.Certificate, change.Fingerprint = exchange.TLS, &cert, cert.SHA256
	}
	if n.Fingerprint != "" && !sameFingerprint(n.Fingerprint, change.Fingerprint) {
		return change, mistake("fingerprint", n.Fingerprint, "is not that of the file, which has "+change.Fingerprint,
			"do not trust this file: ask the team again, by another way")
	}
	return change, nil
}

func sameFingerprint(a, b string) bool {
	bare := strings.NewReplacer(" ", "", ":", "")
	return strings.EqualFold(bare.Replace(a), bare.Replace(b))
}

// readCertificate reads the one certificate of a PEM file.
func readCertificate(text string) (exchange.Certificate, error) {
	block, rest := pem.Decode([]byte(text))
	switch {
	case block == nil || block.Type != "CERTIFICATE":
		return exchange.Certificate{}, mistake("certificate", "", "holds no PEM certificate", "give the file that begins with BEGIN CERTIFICATE, and no private key")
	case strings.Contains(text, "PRIVATE KEY"):
		return exchange.Certificate{}, mistake("certificate", "", "holds a private key", "give the certificate alone, and tell them that their key is known")
	case len(strings.TrimSpace(string(rest))) > 0:
		return exchange.Certificate{}, mistake("certificate", "", "holds more than one certificate", "give the client's own, without those that signed it")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return exchange.Certificate{}, mistake("certificate", "", "cannot be read: "+err.Error(), "export it again as X.509 in PEM")
	}
	sum := sha256.Sum256(cert.Raw)
	return exchange.Certificate{
		SHA256: hex.EncodeToString(sum[:]), PEM: string(pem.EncodeToMemory(block)), Subject: cert.Subject.String(),
		ValidFrom: cert.NotBefore.UTC(), ValidUntil: cert.NotAfter.UTC(),
	}, nil
}

func (s *server) requestRevocation(ctx context.Context, in *struct {
	ByID
	Body wire.PeerKeyRevocation
},
) (*created[wire.KeyChange], error) {
	return s.requestChange(ctx, exchange.KeyChange{
		Team: exchange.TeamID(in.ID), Kind: exchange.CredentialKind(in.Body.Kind), Revoke: true,
		Fingerprint: in.Body.Fingerprint, Reason: in.Body.Reason,
	})
}

func (s *server) requestChange(ctx context.Context, c exchange.KeyChange) (*created[wire.KeyChange], error) {
	c, err := s.Credentials.RequestKeyChange(ctx, who(ctx), c)
	if err != nil {
		return nil, err
	}
	return newObject("key-changes", string(c.ID), keyChange(c)), nil
}

// PeerQuery is the input of lists that can be one peer's.
type PeerQuery struct {
	Peer string `query:"peer" maxLength:"100" doc:"Only this peer's."`
}

func (s *server) listKeyChanges(ctx context.Context, in *struct {
	Paging
	PeerQuery
	State string `query:"state" enum:"waiting,decided" doc:"Only those that wait for a second person, or only those that were confirmed or rejected."`
},
) (*listed[wire.KeyChange], error) {
	all, next, err := s.Credentials.KeyChanges(ctx, exchange.KeyChangeFilter{Team: exchange.TeamID(in.Peer), State: exchange.KeyChangeState(in.State)}, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, keyChange), nil
}

func (s *server) confirmKey(ctx context.Context, in *ByID) (*struct{}, error) {
	err := s.Credentials.ConfirmKeyChange(ctx, who(ctx), exchange.KeyChangeID(in.ID))
	if errors.Is(err, inventory.ErrForbidden) {
		return nil, &advised{err, "another person confirms it, with a token of their own, after comparing the fingerprint"}
	}
	return nil, err
}

func (s *server) rejectKey(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.Credentials.RejectKeyChange(ctx, who(ctx), exchange.KeyChangeID(in.ID))
}

func (s *server) createPeerKey(ctx context.Context, in *struct {
	ByID
	Body wire.NewPeerAPIKey
},
) (*created[wire.PeerSecret], error) {
	n := in.Body
	if strings.ContainsAny(n.Name, "/\n\t") || strings.TrimSpace(n.Name) != n.Name {
		return nil, mistake("name", n.Name, "has a slash, hidden characters or spaces at its ends", "receipts show this name: write it plainly")
	}
	if !n.Expires.After(s.Now()) {
		return nil, mistake("expires", n.Expires.Format("2006-01-02"), "has passed", "a key ends in the future")
	}
	secret := peerKeyPrefix + rand.Text()
	sum := sha256.Sum256([]byte(secret))
	k, err := exchange.APIKey{Name: n.Name, SHA256: hex.EncodeToString(sum[:]), ExpiresAt: n.Expires.UTC(), AddedAt: s.Now().UTC()}.Normalize()
	if err != nil {
		return nil, err
	}
	if err := s.Credentials.AddAPIKey(ctx, who(ctx), exchange.TeamID(in.ID), k); err != nil {
		return nil, err
	}
	return newObject("peers", in.ID, wire.PeerSecret{PeerID: in.ID, Name: k.Name, Expires: k.ExpiresAt, Secret: secret}), nil
}

func (s *server) revokePeerKey(ctx context.Context, in *struct {
	ByID
	Name string `path:"name" maxLength:"100"`
},
) (*struct{}, error) {
	if err := s.Credentials.RevokeAPIKey(ctx, who(ctx), exchange.TeamID(in.ID), in.Name); err != nil {
		return nil, fmt.Errorf("take API key back: %w", err)
	}
	return nil, nil
}

func keyChange(c exchange.KeyChange) wire.KeyChange {
	out := wire.KeyChange{
		ID: string(c.ID), PeerID: string(c.Team), Kind: string(c.Kind), Act: "add", State: "waiting", Fingerprint: c.Fingerprint,
		RequestedBy: c.RequestedBy, RequestedAt: c.RequestedAt.UTC(), Reason: c.Reason,
		ConfirmedBy: c.ConfirmedBy, ConfirmedAt: utc(c.ConfirmedAt), RejectedAt: utc(c.RejectedAt),
	}
	switch {
	case c.Key != nil:
		out.VerifiedBy, out.VerifiedHow, out.ValidUntil = c.Key.VerifiedBy, c.Key.VerifiedHow, utc(c.Key.ValidUntil)
	case c.Certificate != nil:
		out.VerifiedBy, out.VerifiedHow, out.ValidUntil = c.Certificate.VerifiedBy, c.Certificate.VerifiedHow, some(c.Certificate.ValidUntil)
	}
	if c.Revoke {
		out.Act = "revoke"
	}
	switch {
	case c.ConfirmedAt != nil:
		out.State = "confirmed"
	case c.RejectedAt != nil:
		out.State = "rejected"
	}
	return out
}
