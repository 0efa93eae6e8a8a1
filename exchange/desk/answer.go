package desk

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/delivery"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// byRule is who answers when no person does.
const byRule = "rule"

// Answer tells the sender of a document how far it has come here. It is a job,
// called whenever that may have changed; what was said already is not said
// again. Counts go without a person only where we agreed to give statistics;
// elsewhere somebody sends them (SendAnswer).
func (d *Desk) Answer(ctx context.Context, id exchange.InboundID) error {
	done, err := d.answering.take(ctx, id)
	if err != nil {
		return err
	}
	defer done()
	in, a, g, err := d.count(ctx, id)
	if err != nil || g == nil {
		return err // without an agreement there is nobody to answer
	}
	said, err := d.Matches.Answers(ctx, id)
	if err != nil {
		return err
	}
	var last exchange.Answer // whoever gave it: what a person said needs no repeating
	if n := len(said); n > 0 {
		last = said[n-1]
	}
	if !slices.Contains(g.Give.Categories, advisory.Statistics) {
		a, last = withoutCounts(a), withoutCounts(last)
	}
	if sameWords(last, a) {
		return nil
	}
	a.By = byRule
	_, err = d.send(ctx, in, a, g)
	return err
}

// PreviewAnswer is what the sender would be told now.
func (d *Desk) PreviewAnswer(ctx context.Context, who string, id exchange.InboundID, usefulness int, comment string) (exchange.Answer, error) {
	_, a, _, err := d.spoken(ctx, who, id, usefulness, comment)
	return a, err
}

// SendAnswer tells the sender what a person found fit to be told.
func (d *Desk) SendAnswer(ctx context.Context, who string, id exchange.InboundID, usefulness int, comment string) (exchange.Answer, error) {
	done, err := d.answering.take(ctx, id)
	if err != nil {
		return exchange.Answer{}, err
	}
	defer done()
	in, a, g, err := d.spoken(ctx, who, id, usefulness, comment)
	if err != nil {
		return exchange.Answer{}, err
	}
	return d.send(ctx, in, a, g)
}

// spoken is an answer with a person's words, which may name nobody.
func (d *Desk) spoken(ctx context.Context, who string, id exchange.InboundID, usefulness int, comment string) (exchange.Inbound, exchange.Answer, *exchange.Agreement, error) {
	in, a, g, err := d.count(ctx, id)
	switch {
	case err != nil:
		return in, a, g, err
	case in.Document.TrackingID == "":
		return in, a, g, &inventory.InputError{
			Field: "document", Value: string(id), Message: "names no document of its sender's", Hint: "an answer has to say of what it speaks: write to the team instead",
		}
	case g == nil:
		return in, a, g, &inventory.InputError{
			Field: "document", Value: string(id), Message: "came from a team with which no agreement is active",
			Hint: "an answer is sharing, too: have the agreement signed or resumed first",
		}
	case usefulness < 0 || usefulness > 5:
		return in, a, g, &inventory.InputError{Field: "usefulness", Message: "is out of range", Hint: "use 1, useless, to 5; 0 does not rate"}
	}
	a.By, a.Usefulness, a.Comment = who, usefulness, inventory.CleanText(comment, 2000)
	forbidden, err := d.Facts.Forbidden(ctx)
	if err != nil {
		return in, a, g, err
	}
	if found := advisory.FindLeaks(a.Comment, forbidden); len(found) > 0 {
		return in, a, g, &inventory.InputError{
			Field: "comment", Value: found[0], Message: "tells who is concerned", Hint: "take it out: a sender hears numbers, and never whose",
		}
	}
	return in, a, g, nil
}

// count makes the answer to a document as of now; without an agreement in
// force there is none.
func (d *Desk) count(ctx context.Context, id exchange.InboundID) (exchange.Inbound, exchange.Answer, *exchange.Agreement, error) {
	in, err := d.Inbox.Inbound(ctx, id)
	if err != nil {
		return in, exchange.Answer{}, nil, err
	}
	if in.Document.TrackingID == "" { // an answer itself: two CERTs would thank each other for ever
		return in, exchange.Answer{}, nil, nil
	}
	now := d.Now()
	g, err := d.Peers.AgreementWith(ctx, in.Team, now)
	if errors.Is(err, inventory.ErrNotFound) {
		return in, exchange.Answer{}, nil, nil
	}
	if err != nil {
		return in, exchange.Answer{}, nil, err
	}
	var matches []exchange.Match
	sectors := map[inventory.OrganizationID]inventory.Sector{}
	err = d.eachMatch(ctx, exchange.MatchFilter{Inbound: id}, func(m exchange.Match) error {
		matches = append(matches, m)
		if _, known := sectors[m.Org]; known {
			return nil
		}
		o, err := d.Facts.Organization(ctx, m.Org)
		sectors[m.Org] = o.Sector
		return err
	})
	if err != nil {
		return in, exchange.Answer{}, nil, err
	}
	return in, exchange.CountAnswer(in, matches, sectors, &g, now), &g, nil
}

// send brings an answer on its way and keeps it: into the sender's inbox, by
// mail, or, where neither is known and bundles were agreed, into the next one.
func (d *Desk) send(ctx context.Context, in exchange.Inbound, a exchange.Answer, g *exchange.Agreement) (exchange.Answer, error) {
	channel, err := d.Courier.Answer(ctx, in, a)
	switch {
	case err == nil:
		now := d.Now()
		a.Channel, a.SentAt = channel, &now
	case errors.Is(err, delivery.ErrNoWay) && slices.Contains(g.Give.Channels, exchange.ChannelBundle):
		a.Channel = exchange.ChannelBundle
	case errors.Is(err, delivery.ErrNoWay) && a.By == byRule:
		return a, nil // a person sees in the list that nobody was answered
	default:
		return exchange.Answer{}, err
	}
	// It was said: a job that dies here must not say it again.
	ctx, cancel := noteDown(ctx)
	defer cancel()
	return a, d.Matches.KeepAnswer(ctx, a)
}

func withoutCounts(a exchange.Answer) exchange.Answer {
	a.Counts, a.Few, a.Sectors, a.First, a.Last = map[exchange.Verdict]int{}, []exchange.Verdict{}, []inventory.Sector{}, nil, nil
	return a
}

// sameWords tells whether an answer says nothing that an earlier one did not.
func sameWords(said, now exchange.Answer) bool {
	return said.State == now.State && maps.Equal(said.Counts, now.Counts) && slices.Equal(said.Few, now.Few) && slices.Equal(said.Sectors, now.Sectors)
}
