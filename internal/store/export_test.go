package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// ExecBound runs a statement as ctx's identity would.
func ExecBound(s *Store, ctx context.Context, statement string) error {
	return s.read(ctx).Exec(statement).Error
}

// TextsAs reads a column of texts in the database session that serves ctx's
// identity, and tells as which role of the database that was.
func TextsAs(s *Store, ctx context.Context, query string) (texts []string, role string, err error) {
	if err := s.read(ctx).Raw("SELECT current_user").Row().Scan(&role); err != nil {
		return nil, "", err
	}
	err = s.read(ctx).Raw(query).Scan(&texts).Error
	return texts, role, err
}

// TicketBound enqueues from a transaction of ctx's identity, and then asks
// whether that has its own rights again.
func TicketBound(s *Store, ctx context.Context) error {
	return s.work(ctx, func(tx *gorm.DB) error {
		if err := s.tickets(ctx, tx, 1, 1, time.Time{}); err != nil {
			return err
		}
		var role string
		if err := tx.Raw("SELECT current_user").Row().Scan(&role); err != nil {
			return err
		}
		if role != OperatorRole {
			return fmt.Errorf("the transaction goes on as %s", role)
		}
		return nil
	})
}
