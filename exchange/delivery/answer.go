package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/stix"
)

// ErrNoWay says that we know no way to a team: neither a TAXII server at which
// it takes things, nor a mail server of ours.
var ErrNoWay = fmt.Errorf("no way to the team is known, neither a TAXII inbox nor mail: %w", inventory.ErrNotFound)

// Answer tells the sender of a document what came of it: into its TAXII inbox,
// or, where it has none that we know, by mail. It returns the channel. Without
// either it is ErrNoWay.
func (c *Courier) Answer(ctx context.Context, in exchange.Inbound, a exchange.Answer) (exchange.Channel, error) {
	objects, err := c.EncodeAnswer(in, a)
	if err != nil {
		return "", err
	}
	_, err = c.push(ctx, in.Team, objects)
	switch {
	case err == nil:
		return exchange.ChannelPush, nil
	case !errors.Is(err, errNoInbox): // it has one, and may take it later
		return "", fmt.Errorf("answer %s: %w", in.ID, err)
	case c.Post == nil:
		return "", fmt.Errorf("answer %s: %w", in.ID, ErrNoWay)
	}
	team, err := c.Register.Team(ctx, in.Team)
	if err != nil {
		return "", err
	}
	if err := c.mailAnswer(ctx, in, a, team, objects); err != nil {
		return "", fmt.Errorf("answer %s: %w", in.ID, err)
	}
	return exchange.ChannelMail, nil
}

// EncodeAnswer writes an answer as STIX objects.
func (c *Courier) EncodeAnswer(in exchange.Inbound, a exchange.Answer) ([]json.RawMessage, error) {
	counts := make(map[string]int, len(a.Counts))
	for v, n := range a.Counts {
		counts[string(v)] = n
	}
	objects, err := stix.EncodeAnswer(stix.Answer{
		Namespace: in.Document.Namespace, TrackingID: in.Document.TrackingID, Version: in.Document.Version,
		State: string(a.State), Counts: counts, Sectors: a.Sectors, First: a.First, Last: a.Last,
		Usefulness: a.Usefulness, Comment: a.Comment, Begun: in.ReceivedAt, At: a.At,
	}, in.Document.TLP, c.Producer, c.Secret)
	if err != nil {
		return nil, err
	}
	out := make([]json.RawMessage, len(objects))
	for i, o := range objects {
		out[i] = o.Raw
	}
	return out, nil
}

func (c *Courier) mailAnswer(ctx context.Context, in exchange.Inbound, a exchange.Answer, team exchange.Team, objects []json.RawMessage) error {
	to, err := addressees(team, false)
	if err != nil {
		return err
	}
	body, err := json.Marshal(struct {
		Objects []json.RawMessage `json:"objects"`
	}{objects})
	if err != nil {
		return fmt.Errorf("write the answer to %s: %w", in.ID, err)
	}
	name := inventory.CleanText(in.Document.TrackingID, 100)
	_, err = c.mail(ctx, team, mail.Message{
		ID: fmt.Sprintf("%s.%d.answer", strings.ToLower(string(in.ID)), a.At.Unix()), To: to,
		Subject:     fmt.Sprintf("[%s] answer to %s", in.Document.TLP, name),
		Text:        fmt.Sprintf("This tells what came of %s version %s here: %s. The attached file is for machines.\n", name, inventory.CleanText(in.Document.Version, 100), a.State),
		Attachments: []mail.Attachment{{Name: "answer.json", MediaType: stix.MediaType, Bytes: body}},
	})
	return err
}
