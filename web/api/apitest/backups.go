package apitest

import (
	"context"

	"github.com/ciiscan/ciiscan/inventory"
)

// RecordBackup stands in for the real one.
func (f *Fake) RecordBackup(_ context.Context, who string, b inventory.Backup) (inventory.Backup, error) {
	f.did(who, "backup.create")
	b.ID, b.By, b.Schema = "BAK-1", who, 4
	return b, nil
}

// Backups stands in for the real one.
func (*Fake) Backups(_ context.Context, p inventory.Page) ([]inventory.Backup, string, error) {
	return paged([]inventory.Backup{{
		ID: "BAK-1", At: Noon, Host: "db1", File: "/var/lib/ciiscan/backups/a.dump", Bytes: 1 << 20, Schema: 4, By: "amara",
		SHA256: "0000000000000000000000000000000000000000000000000000000000000000",
	}}, p)
}
