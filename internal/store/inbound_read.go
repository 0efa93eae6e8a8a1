package store

import (
	"context"
	"fmt"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// Inbound finds one.
func (s *Store) Inbound(ctx context.Context, id exchange.InboundID) (exchange.Inbound, error) {
	row, err := one[inboundRow](s.read(ctx).Where("id = ?", id), "received document", id)
	if err != nil {
		return exchange.Inbound{}, err
	}
	return row.inbound(), nil
}

// InboundRaw returns the bytes as they came.
func (s *Store) InboundRaw(ctx context.Context, id exchange.InboundID) ([]byte, error) {
	row, err := one[struct{ Content []byte }](s.read(ctx).Raw(`
		SELECT d.content FROM inbounds i JOIN documents d ON d.sha256 = i.sha256 WHERE i.id = ?`, id), "received document", id)
	return row.Content, err
}

// Inbounds lists those that the filter selects, newest first.
func (s *Store) Inbounds(ctx context.Context, f exchange.InboundFilter, p inventory.Page) ([]exchange.Inbound, string, error) {
	q := s.read(ctx)
	q = given(q, "team_id = ?", f.Team)
	q = given(q, "source_id = ?", f.Source)
	q = given(q, "state = ?", f.State)
	q = given(q, "channel = ?", f.Channel)
	rows, next, err := page[inboundRow](q, listing{name: "inbounds", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list what was received: %w", err)
	}
	return mapped(rows, inboundRow.inbound), next, nil
}

// KnownVersions lists what is known under a tracking id, whoever sent it and
// whatever became of it, but for duplicates; the first received first.
func (s *Store) KnownVersions(ctx context.Context, namespace, trackingID string) ([]exchange.Inbound, error) {
	var rows []inboundRow
	err := s.read(ctx).Where("namespace = ? AND tracking_id = ? AND state <> 'duplicate'", namespace, trackingID).
		Order("num").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list versions of %s/%s: %w", namespace, trackingID, fault(err))
	}
	return mapped(rows, inboundRow.inbound), nil
}
