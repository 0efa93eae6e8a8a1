package main

import (
	"context"
	"errors"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// Import implements api.Desk. A mail may bring several documents: the first is
// returned, and all are in the inbox.
func (p *peers) Import(ctx context.Context, who string, team exchange.TeamID, name string, raw, signature []byte) (exchange.Inbound, error) {
	kept, err := p.Desk.Import(ctx, who, team, name, raw, signature)
	if err != nil {
		return exchange.Inbound{}, err
	}
	if len(kept) == 0 {
		return exchange.Inbound{}, &inventory.InputError{
			Field: "file", Value: inventory.CleanText(name, 100), Message: "brings no document",
			Hint: "give a CSAF document, a STIX bundle, a MISP event, or a mail with one attached",
		}
	}
	return kept[0], nil
}

// isMissing tells whether an object is not there.
func isMissing(err error) bool { return errors.Is(err, inventory.ErrNotFound) }
