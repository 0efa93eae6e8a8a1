// Package passkey has browsers make and use passkeys (WebAuthn). It is the one
// place that knows the format: others keep an account.Passkey's record, and
// the state of a ceremony, as they are.
package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ciiscan/ciiscan/web/auth/account"
)

// A Party is whom passkeys are made for: one console at one address.
type Party struct {
	site   string
	host   string
	origin string
}

// ErrAddress says that the console's address is a number: passkeys are made
// for names.
var ErrAddress = errors.New("passkeys need an address with a name, such as https://ciiscan.cert.example or http://localhost:8480")

// New makes the party of a console that people reach at address.
func New(site, address string) (*Party, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("passkeys for %q: not an address", address)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, fmt.Errorf("passkeys for %q: %w", address, ErrAddress)
	}
	p := &Party{site: site, host: u.Hostname(), origin: u.Scheme + "://" + u.Host}
	if _, err := p.at(p.origin); err != nil {
		return nil, err
	}
	return p, nil
}

// Origin is where a browser that asked for host is: the console's address, or
// on this very machine any port of localhost, where nothing stands between.
func (p *Party) Origin(host string) string {
	if u, err := url.Parse("http://" + host); err == nil && p.host == "localhost" && u.Hostname() == "localhost" && u.Host == host {
		return "http://" + host
	}
	return p.origin
}

func (p *Party) at(origin string) (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{
		RPID: p.host, RPDisplayName: p.site, RPOrigins: []string{origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", origin, err)
	}
	return w, nil
}

// state is what an answer is held to.
type state struct {
	Origin  string
	Session webauthn.SessionData
}

func ceremony(options any, session *webauthn.SessionData, origin string) (c account.Ceremony, err error) {
	if c.Options, err = json.Marshal(options); err == nil {
		c.State, err = json.Marshal(state{Origin: origin, Session: *session})
	}
	if err != nil {
		return account.Ceremony{}, fmt.Errorf("write what is asked of a passkey: %w", err)
	}
	return c, nil
}

// resume reads the state of a ceremony.
func (p *Party) resume(raw json.RawMessage) (*webauthn.WebAuthn, webauthn.SessionData, error) {
	var s state
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, s.Session, fmt.Errorf("read what was asked of a passkey: %w", err)
	}
	w, err := p.at(s.Origin)
	return w, s.Session, err
}

// with is the party at an origin, and a user as the library wants it.
func (p *Party) with(u account.PasskeyHolder, origin string) (*webauthn.WebAuthn, holder, error) {
	w, err := p.at(origin)
	if err != nil {
		return nil, holder{}, err
	}
	h, err := holderOf(u)
	return w, h, err
}

// Make asks for a new passkey of the user, on a device that has none of theirs.
func (p *Party) Make(u account.PasskeyHolder, origin string) (account.Ceremony, error) {
	w, holder, err := p.with(u, origin)
	if err != nil {
		return account.Ceremony{}, err
	}
	options, session, err := w.BeginRegistration(holder, webauthn.WithExclusions(webauthn.Credentials(holder.keys).CredentialDescriptors()))
	if err != nil {
		return account.Ceremony{}, fmt.Errorf("ask for a new passkey: %w", err)
	}
	return ceremony(options.Response, session, origin)
}

// Made reads the answer to Make. It has no name yet.
func (p *Party) Made(u account.PasskeyHolder, s json.RawMessage, answer []byte) (account.Passkey, error) {
	w, session, err := p.resume(s)
	if err != nil {
		return account.Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return account.Passkey{}, refused(err)
	}
	made, err := w.CreateCredential(holder{user: u}, session, parsed)
	if err != nil {
		return account.Passkey{}, refused(err)
	}
	made.Attestation = webauthn.CredentialAttestation{} // says who made the device: not our affair
	record, err := json.Marshal(made)
	if err != nil {
		return account.Passkey{}, fmt.Errorf("write a passkey: %w", err)
	}
	return account.Passkey{Credential: made.ID, Record: record}, nil
}

// Ask asks for an answer of one of the user's passkeys, as a second factor.
func (p *Party) Ask(u account.PasskeyHolder, origin string) (account.Ceremony, error) {
	w, holder, err := p.with(u, origin)
	if err != nil {
		return account.Ceremony{}, err
	}
	options, session, err := w.BeginLogin(holder)
	if err != nil {
		return account.Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return ceremony(options.Response, session, origin)
}

// AskAnybody asks for a passkey of whoever is there, which the device has to
// verify by a finger, a face or a PIN.
func (p *Party) AskAnybody(origin string) (account.Ceremony, error) {
	w, err := p.at(origin)
	if err != nil {
		return account.Ceremony{}, err
	}
	options, session, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return account.Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return ceremony(options.Response, session, origin)
}

// Credential tells which passkey answers. That it is true, Check finds out.
func (*Party) Credential(answer []byte) ([]byte, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, refused(err)
	}
	return parsed.RawID, nil
}

// Check holds an answer to what was asked, and returns which of the user's
// passkeys gave it and that one's record from now on.
func (p *Party) Check(u account.PasskeyHolder, s json.RawMessage, answer []byte) (account.PasskeyID, []byte, error) {
	w, session, err := p.resume(s)
	if err != nil {
		return "", nil, err
	}
	holder, err := holderOf(u)
	if err != nil {
		return "", nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", nil, refused(err)
	}
	var used *webauthn.Credential
	if len(session.UserID) > 0 {
		used, err = w.ValidateLogin(holder, session, parsed)
	} else {
		_, used, err = w.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
			if string(handle) != u.Handle {
				return nil, account.ErrPasskey
			}
			return holder, nil
		}, session, parsed)
	}
	switch {
	case err != nil:
		return "", nil, refused(err)
	case used.Authenticator.CloneWarning:
		return "", nil, account.ErrPasskeyCopied
	}
	record, err := json.Marshal(used)
	if err != nil {
		return "", nil, fmt.Errorf("write a passkey: %w", err)
	}
	for _, k := range u.Keys {
		if bytes.Equal(k.Credential, used.ID) {
			return k.ID, record, nil
		}
	}
	return "", nil, account.ErrPasskey
}

// refused keeps the library's reason, which names what did not fit.
func refused(err error) error {
	var detail *protocol.Error
	if errors.As(err, &detail) {
		return fmt.Errorf("%w: %s", account.ErrPasskey, detail.DevInfo)
	}
	return fmt.Errorf("%w: %w", account.ErrPasskey, err)
}

// A holder is a user as the library wants it.
type holder struct {
	user account.PasskeyHolder
	keys []webauthn.Credential
}

func holderOf(u account.PasskeyHolder) (holder, error) {
	h := holder{user: u}
	for _, k := range u.Keys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Record, &c); err != nil {
			return h, fmt.Errorf("read passkey %s: %w", k.ID, err)
		}
		h.keys = append(h.keys, c)
	}
	return h, nil
}

// WebAuthnID implements webauthn.User.
func (h holder) WebAuthnID() []byte { return []byte(h.user.Handle) }

// WebAuthnName implements webauthn.User.
func (h holder) WebAuthnName() string { return h.user.Name }

// WebAuthnDisplayName implements webauthn.User.
func (h holder) WebAuthnDisplayName() string { return h.user.Name }

// WebAuthnCredentials implements webauthn.User.
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }
