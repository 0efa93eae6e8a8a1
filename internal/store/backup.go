package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type backupRow struct {
	Num           int64  `gorm:"->;default:(-)"`
	ID            string `gorm:"primaryKey;->;default:(-)"`
	At            time.Time
	Host          string
	File          string
	Bytes         int64
	SHA256        string `gorm:"column:sha256"`
	SchemaVersion int
	MadeBy        string
}

func (backupRow) TableName() string { return "backups" }

func (r backupRow) number() int64 { return r.Num }

func (r backupRow) backup() inventory.Backup {
	return inventory.Backup{
		ID: inventory.BackupID(r.ID), At: r.At.UTC(), Host: r.Host, File: r.File, Bytes: r.Bytes, SHA256: r.SHA256, Schema: r.SchemaVersion, By: r.MadeBy,
	}
}

// RecordBackup writes down that a copy of the database was made and read.
func (s *Store) RecordBackup(ctx context.Context, who string, b inventory.Backup) (inventory.Backup, error) {
	row := backupRow{At: b.At.UTC(), Host: b.Host, File: b.File, Bytes: b.Bytes, SHA256: b.SHA256, MadeBy: who}
	err := s.tx(ctx, audit.Entry{Actor: who, Act: "backup.create"}, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := tx.Raw("SELECT max(version) FROM schema_migrations").Row().Scan(&row.SchemaVersion); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{"host": b.Host, "file": b.File, "bytes": b.Bytes, "sha256": b.SHA256}
		return nil
	})
	if err != nil {
		return inventory.Backup{}, fmt.Errorf("record backup: %w", err)
	}
	return row.backup(), nil
}

// Backups lists those that were written down, newest first.
func (s *Store) Backups(ctx context.Context, p inventory.Page) ([]inventory.Backup, string, error) {
	rows, next, err := page[backupRow](s.read(ctx), listing{name: "backups", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list backups: %w", err)
	}
	return mapped(rows, backupRow.backup), next, nil
}
