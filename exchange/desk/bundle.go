package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/bundle"
	"github.com/ciiscan/ciiscan/exchange/inbox"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/stix"
)

// Bundles numbers the files that somebody carries, and knows what waits to be
// packed.
type Bundles interface {
	NextBundle(ctx context.Context, team exchange.TeamID) (seq int64, previous string, err error)
	BundleWritten(ctx context.Context, team exchange.TeamID, seq int64, sha256 string) error
	SeenBundle(ctx context.Context, team exchange.TeamID, seq int64) (exchange.Bundle, error)
	WaitingDeliveries(ctx context.Context, team exchange.TeamID, c exchange.Channel) ([]exchange.Delivery, error)
	CarriedAnswers(ctx context.Context, team exchange.TeamID) ([]exchange.Answer, error)
	Release(ctx context.Context, id exchange.ReleaseID) (exchange.Release, error)
	Delivered(ctx context.Context, num int64, detail string) error
}

// WriteBundle packs all that waits for a team into one file, signed by us and
// encrypted to it. Nothing waiting is inventory.ErrNotFound.
func (d *Desk) WriteBundle(ctx context.Context, who string, id exchange.TeamID) (exchange.WrittenBundle, error) {
	out, err := d.pack(ctx, who, id)
	if err != nil {
		return exchange.WrittenBundle{}, fmt.Errorf("pack a bundle for team %s: %w", id, err)
	}
	return out, nil
}

func (d *Desk) pack(ctx context.Context, who string, id exchange.TeamID) (exchange.WrittenBundle, error) {
	team, key, err := d.bundleReceiver(ctx, id)
	if err != nil {
		return exchange.WrittenBundle{}, err
	}
	load, err := d.cargoFor(ctx, id)
	if err != nil {
		return exchange.WrittenBundle{}, err
	}
	b := bundle.Bundle{From: d.Courier.Producer.Namespace, To: namespaceOf(team), CreatedAt: d.Now()}
	if b.Entries, err = d.entriesOf(ctx, load); err != nil {
		return exchange.WrittenBundle{}, err
	}
	if b.Sequence, b.Previous, err = d.Bundles.NextBundle(ctx, id); err != nil {
		return exchange.WrittenBundle{}, err
	}
	var file bytes.Buffer
	written, err := bundle.Write(&file, b, d.Courier.Signer, key)
	if err != nil {
		return exchange.WrittenBundle{}, err
	}
	// Only now, so that a number is not lost, which the other side would miss.
	if err := d.Bundles.BundleWritten(ctx, id, b.Sequence, written.SHA256); err != nil {
		return exchange.WrittenBundle{}, err
	}
	out := exchange.WrittenBundle{Team: id, Sequence: b.Sequence, Name: written.Name, Content: file.Bytes()}
	for _, w := range load.releases {
		out.Releases = append(out.Releases, w.Release)
	}
	return out, d.packed(ctx, load, fmt.Sprintf("packed into %s (SHA-256 %s) by %s", written.Name, written.SHA256, who))
}

// bundleReceiver finds the team and its key, if we may and can write to it.
func (d *Desk) bundleReceiver(ctx context.Context, id exchange.TeamID) (exchange.Team, string, error) {
	if d.Courier.Signer == nil {
		return exchange.Team{}, "", fmt.Errorf("there is no key to sign with: %w", inventory.ErrUnavailable)
	}
	team, err := d.Peers.Team(ctx, id)
	if err != nil {
		return exchange.Team{}, "", err
	}
	if _, err := d.Peers.AgreementWith(ctx, id, d.Now()); err != nil {
		return exchange.Team{}, "", err
	}
	key, err := usableKey(team, d)
	return team, key, err
}

// A cargo is what waits to be carried to a team.
type cargo struct {
	releases []exchange.Delivery
	answers  []exchange.Answer
}

// cargoFor is inventory.ErrNotFound when nothing waits.
func (d *Desk) cargoFor(ctx context.Context, id exchange.TeamID) (cargo, error) {
	var c cargo
	var err error
	if c.releases, err = d.Bundles.WaitingDeliveries(ctx, id, exchange.ChannelBundle); err != nil {
		return c, err
	}
	if c.answers, err = d.Bundles.CarriedAnswers(ctx, id); err != nil {
		return c, err
	}
	if len(c.releases)+len(c.answers) == 0 {
		return c, fmt.Errorf("nothing waits for it: %w", inventory.ErrNotFound)
	}
	return c, nil
}

func (d *Desk) entriesOf(ctx context.Context, c cargo) ([]bundle.Entry, error) {
	var out []bundle.Entry
	for _, w := range c.releases {
		r, err := d.Bundles.Release(ctx, w.Release)
		if err != nil {
			return nil, err
		}
		out = append(out, releaseEntries(r)...)
	}
	for _, a := range c.answers {
		e, err := d.answerEntry(ctx, a)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// packed notes that a cargo is on its way.
func (d *Desk) packed(ctx context.Context, c cargo, detail string) error {
	ctx, cancel := noteDown(ctx)
	defer cancel()
	for _, w := range c.releases {
		if err := d.Bundles.Delivered(ctx, w.Num, detail); err != nil {
			return err
		}
	}
	now := d.Now()
	for _, a := range c.answers {
		a.SentAt, a.At = &now, now
		if err := d.Matches.KeepAnswer(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func usableKey(team exchange.Team, d *Desk) (string, error) {
	for _, k := range team.Keys {
		if k.Usable(d.Now()) {
			return k.Armored, nil
		}
	}
	return "", &inventory.InputError{
		Field: "key", Value: team.Name, Message: "has no OpenPGP key that is valid now", Hint: "add one: ciiscan peer key add " + string(team.ID),
	}
}

func namespaceOf(team exchange.Team) string {
	if len(team.Namespaces) == 0 {
		return ""
	}
	return team.Namespaces[0]
}

// releaseEntries are a release's files. The signed document is enough where there
// is one: the other formats say the same.
func releaseEntries(r exchange.Release) []bundle.Entry {
	var out []bundle.Entry
	for _, f := range r.Files {
		if f.Signature != "" || len(r.Files) == 1 {
			// Two releases may have a file of one name: two revisions do.
			name := strings.ToLower(string(r.ID)) + "-" + f.Name
			out = append(out, bundle.Entry{Kind: bundle.KindRelease, Format: f.Format, Name: name, MediaType: f.MediaType, Signature: f.Signature, Bytes: f.Bytes})
		}
	}
	return out
}

func (d *Desk) answerEntry(ctx context.Context, a exchange.Answer) (bundle.Entry, error) {
	in, err := d.Inbox.Inbound(ctx, a.Inbound)
	if err != nil {
		return bundle.Entry{}, err
	}
	objects, err := d.Courier.EncodeAnswer(in, a)
	if err != nil {
		return bundle.Entry{}, err
	}
	body, err := json.Marshal(map[string]any{"objects": objects})
	if err != nil {
		return bundle.Entry{}, fmt.Errorf("write the answer to %s: %w", a.Inbound, err)
	}
	name := fmt.Sprintf("answer-%s-%d.json", strings.ToLower(string(a.Inbound)), a.At.Unix())
	return bundle.Entry{Kind: bundle.KindAnswer, Format: exchange.FormatSTIX, Name: name, MediaType: stix.MediaType, Bytes: body}, nil
}

// ReadBundle takes a bundle in. Its sender is the team whose pinned key
// signed it, whatever stands in it. Reading one again changes nothing.
func (d *Desk) ReadBundle(ctx context.Context, who, name string, raw []byte) (exchange.ReadBundle, error) {
	o, err := d.open(ctx, name, raw, inbox.Opening{})
	if err != nil {
		return exchange.ReadBundle{}, d.notOpened(ctx, who, name, err)
	}
	if o.Bundle == nil {
		return exchange.ReadBundle{}, &inventory.InputError{Field: "file", Value: inventory.CleanText(name, 100), Message: "is no bundle", Hint: "documents and mails are brought in by: ciiscan inbox import"}
	}
	out := exchange.ReadBundle{Team: o.Team, Sequence: o.Bundle.Sequence, Receipts: len(o.Receipts)}
	if out.Inbounds, err = d.receiveAll(ctx, who, o.Arrivals); err != nil {
		return out, fmt.Errorf("take in %s: %w", name, err)
	}
	// Last, so that a bundle that was read half is read again whole.
	if out.Bundle, err = d.Bundles.SeenBundle(ctx, o.Team, out.Sequence); err != nil {
		return out, err
	}
	d.Log.Info("a bundle was brought in", "by", who, "team", o.Team, "name", name, "sequence", out.Sequence, "again", out.Again, "missing", out.Missing)
	return out, nil
}

// open opens a file with our key and those of all confirmed teams.
func (d *Desk) open(ctx context.Context, name string, raw []byte, o inbox.Opening) (inbox.Opened, error) {
	var err error
	if o.Teams, err = d.confirmed(ctx); err != nil {
		return inbox.Opened{}, err
	}
	o.Own, o.At = d.Courier.Signer, d.Now()
	return inbox.Open(name, raw, o)
}

// notOpened puts down why a file that somebody brought was not taken in at
// all, and returns that reason.
func (d *Desk) notOpened(ctx context.Context, who, name string, why error) error {
	name = inventory.CleanText(name, 200)
	d.Log.Warn("a file that was brought is refused", "by", who, "name", name, "error", why)
	return errors.Join(why, d.Inbox.RefusedFile(ctx, who, name, inventory.CleanText(why.Error(), 500)))
}

func (d *Desk) receiveAll(ctx context.Context, who string, arrivals []inbox.Arrival) ([]exchange.Inbound, error) {
	var out []exchange.Inbound
	for _, a := range arrivals {
		a.By = who
		kept, err := d.Receive(ctx, a)
		if err != nil {
			return out, err
		}
		out = append(out, kept)
	}
	return out, nil
}

// confirmed lists the teams whose keys count.
func (d *Desk) confirmed(ctx context.Context) ([]exchange.Team, error) {
	all, err := d.teams(ctx)
	return slices.DeleteFunc(all, func(t exchange.Team) bool { return t.State != exchange.TeamConfirmed }), err
}
