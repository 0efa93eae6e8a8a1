package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/inbox"
	"github.com/ciiscan/ciiscan/inventory"
)

// Receive examines an arrival and keeps it, with what its sender says in it of
// documents of ours.
func (d *Desk) Receive(ctx context.Context, a inbox.Arrival) (exchange.Inbound, error) {
	x, err := d.examine(ctx, a)
	if err != nil {
		return exchange.Inbound{}, err
	}
	x.Inbound.BroughtBy = a.By
	kept, err := d.Inbox.KeepInbound(ctx, x.Inbound, a.Raw)
	if err != nil {
		return exchange.Inbound{}, err
	}
	// A duplicate is listened to as well: who brought the first may have died
	// before it was.
	heard := kept
	heard.ID = cmp.Or(kept.Duplicates, kept.ID)
	d.report(kept)
	return kept, d.listen(ctx, heard, x.Feedback)
}

// examinePost reads what a peer put into our TAXII inbox. It is part of a job:
// the door only took the bytes.
func (d *Desk) examinePost(ctx context.Context, in exchange.Inbound) error {
	raw, err := d.Inbox.InboundRaw(ctx, in.ID)
	if err != nil {
		return err
	}
	x, err := d.examine(ctx, inbox.Arrival{
		Team: in.Team, Source: in.Source, Channel: in.Channel, Name: in.Name, MediaType: in.MediaType, Raw: raw, At: in.ReceivedAt,
	})
	if err != nil {
		return err
	}
	x.Inbound.ID = in.ID
	if x.Inbound.Document.Format == "" {
		x.Inbound.Document.Format = string(exchange.FormatSTIX) // nothing else comes through that door, and it is read
	}
	// First: a job that comes after this one does not look at what was examined.
	if err := d.listen(ctx, x.Inbound, x.Feedback); err != nil {
		return err
	}
	kept, err := d.Inbox.ExaminedInbound(ctx, x.Inbound)
	if errors.Is(err, inventory.ErrConflict) {
		return nil // another job was faster
	}
	if err != nil {
		return err
	}
	d.report(kept)
	return nil
}

// report puts into the log what was not taken in as it came, and why.
func (d *Desk) report(in exchange.Inbound) {
	if in.State == exchange.InboundRejected || in.State == exchange.InboundQuarantined {
		d.Log.Warn("a document is not accepted", "inbound", in.ID, "team", in.Team, "channel", in.Channel, "name", in.Name,
			"state", in.State, "reason", in.Reason)
	}
}

func (d *Desk) examine(ctx context.Context, a inbox.Arrival) (inbox.Examined, error) {
	f, err := d.factsAbout(ctx, a.Team)
	if err != nil {
		return inbox.Examined{}, err
	}
	r := inbox.Read(a, f)
	if id := r.Document.TrackingID; id != "" {
		if f.Known, err = d.Inbox.KnownVersions(ctx, r.Document.Namespace, id); err != nil {
			return inbox.Examined{}, err
		}
	}
	return r.Judge(f), nil
}

func (d *Desk) factsAbout(ctx context.Context, id exchange.TeamID) (inbox.Facts, error) {
	f := inbox.Facts{Ours: []string{d.Courier.Producer.Namespace}}
	var err error
	if f.Team, err = d.Peers.Team(ctx, id); err != nil {
		return f, err
	}
	all, err := d.teams(ctx)
	if err != nil {
		return f, err
	}
	f.Others = slices.DeleteFunc(all, func(t exchange.Team) bool { return t.ID == id })
	g, err := d.Peers.AgreementWith(ctx, id, d.Now())
	if err == nil {
		f.Agreement = &g
	} else if !errors.Is(err, inventory.ErrNotFound) {
		return f, err
	}
	return f, nil
}

// listen keeps what a peer says of documents of ours, once however often it is
// called. What it says of others is no news to anybody.
func (d *Desk) listen(ctx context.Context, in exchange.Inbound, feedback []exchange.Feedback) error {
	for _, f := range feedback {
		f.Inbound, f.Channel, f.Credential = in.ID, in.Channel, in.SignedBy
		if err := d.Inbox.KeepFeedback(ctx, f); errors.Is(err, inventory.ErrNotFound) {
			d.Log.Warn("a peer answers what was not released to it", "team", in.Team, "document", f.Advisory, "version", f.Version, "inbound", in.ID)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// Import takes in what a person brings of a team's: a document, a mail.
func (d *Desk) Import(ctx context.Context, who string, team exchange.TeamID, name string, raw, signature []byte) ([]exchange.Inbound, error) {
	o, err := d.open(ctx, name, raw, inbox.Opening{Team: team, Signature: signature})
	if err != nil {
		return nil, d.notOpened(ctx, who, name, err)
	}
	if o.Bundle != nil {
		return nil, &inventory.InputError{Field: "file", Value: inventory.CleanText(name, 100), Message: "is a bundle", Hint: "it is read by: ciiscan bundle read"}
	}
	d.Log.Info("documents are brought in", "by", who, "team", team, "name", name, "documents", len(o.Arrivals))
	return d.receiveAll(ctx, who, o.Arrivals)
}

// teams lists all there are, whatever their state: a name that belongs to a
// former peer is not free.
func (d *Desk) teams(ctx context.Context) ([]exchange.Team, error) {
	return inventory.Every(func(p inventory.Page) ([]exchange.Team, string, error) { return d.Peers.Teams(ctx, p) })
}
