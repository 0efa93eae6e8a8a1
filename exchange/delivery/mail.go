package delivery

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/inventory"
)

// mailRelease sends a release's files to the team's desk for exchange, and a
// referral to its law-enforcement contact.
func (c *Courier) mailRelease(ctx context.Context, r exchange.Release, team exchange.Team) (string, error) {
	to, err := addressees(team, r.Referral)
	if err != nil {
		return "", err
	}
	m := mail.Message{
		ID: strings.ToLower(string(r.ID)) + ".release", To: to,
		Subject: fmt.Sprintf("[%s] advisory %s revision %d", r.TLP, r.Advisory, r.Revision),
		Text:    fmt.Sprintf("Advisory %s, revision %d, is attached. Please confirm that you have it.\n", r.Advisory, r.Revision),
	}
	if r.Withdrawal {
		m.Subject += " withdrawn"
		m.Text = fmt.Sprintf("Advisory %s is withdrawn. The attached revision %d says why. Please stop using what you have of it, and confirm.\n", r.Advisory, r.Revision)
	}
	m.Text += fmt.Sprintf("\nHandling: %s. %s\n", r.TLP, r.Clause)
	for _, f := range r.Files {
		m.Attachments = append(m.Attachments, mail.Attachment{Name: f.Name, MediaType: f.MediaType, Bytes: f.Bytes})
		if f.Signature != "" {
			m.Attachments = append(m.Attachments, mail.Attachment{Name: f.Name + ".asc", MediaType: "application/pgp-signature", Bytes: []byte(f.Signature)})
		}
	}
	return c.mail(ctx, team, m)
}

// mail sends a message to people of a team, encrypted to every key of the
// team's that is usable now.
func (c *Courier) mail(ctx context.Context, team exchange.Team, m mail.Message) (string, error) {
	if c.Post == nil || c.Signer == nil {
		return "", &inventory.InputError{Field: "mail.server", Message: "is not set, or we have no key", Hint: "set mail.server, mail.from and the key of the exchange, or agree on another channel"}
	}
	m.From, m.At = c.From, c.Now()
	keys, fingerprints := usableKeys(team, m.At)
	if len(keys) == 0 {
		return "", &inventory.InputError{
			Field: "key", Value: team.Name, Message: "has no OpenPGP key that can be encrypted to now",
			Hint: "add one, and have a second person confirm it: ciiscan peer key add " + string(team.ID),
		}
	}
	raw, err := mail.Compose(m, c.Signer, keys)
	if err != nil {
		return "", err
	}
	if err := c.Post.Send(ctx, m.From, m.To, raw); err != nil {
		return "", err
	}
	return fmt.Sprintf("mail to %s, encrypted to %s", strings.Join(m.To, ", "), strings.Join(fingerprints, ", ")), nil
}

// usableKeys are a team's keys that we trust and that can take a message now.
// One that cannot, such as one whose owner let it expire, must not keep a
// message from the others.
func usableKeys(team exchange.Team, at time.Time) (armored, fingerprints []string) {
	for _, k := range team.Keys {
		if !k.Usable(at) {
			continue
		}
		info, err := pgp.Inspect(k.Armored, at)
		if err != nil || !info.CanEncrypt || info.Fingerprint != k.Fingerprint {
			continue
		}
		armored, fingerprints = append(armored, k.Armored), append(fingerprints, k.Fingerprint)
	}
	return armored, fingerprints
}

// addressees are who gets a team's mail. A referral goes to law enforcement or
// to nobody.
func addressees(team exchange.Team, referral bool) ([]string, error) {
	roles := []exchange.ContactRole{exchange.Exchange, exchange.PointOfContact, exchange.FocalPoint}
	if referral {
		roles = []exchange.ContactRole{exchange.LawEnforcement}
	}
	for _, role := range roles {
		var to []string
		for _, c := range team.Contacts {
			if c.Role == role && c.Email != "" {
				to = append(to, c.Email)
			}
		}
		if len(to) > 0 {
			return to, nil
		}
	}
	return nil, &inventory.InputError{
		Field: "contact", Value: team.Name, Message: "has no mail address for this (" + string(roles[0]) + ")",
		Hint: "add a contact: ciiscan peer update " + string(team.ID),
	}
}
