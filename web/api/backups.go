package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Backups keeps what is known of copies of the database.
type Backups interface {
	RecordBackup(ctx context.Context, who string, b inventory.Backup) (inventory.Backup, error)
	Backups(ctx context.Context, page inventory.Page) ([]inventory.Backup, string, error)
}

// aheadAtMost is by how much another machine's clock may be ahead of ours.
const aheadAtMost = 5 * time.Minute

func (s *server) registerBackups() {
	handle(s, "list-backups", "GET /backups", "List the copies of the database that were made, newest first", s.listBackups)
	handle(s, "record-backup", "POST /backups", "Write down that a copy of the database was made and read to its end", s.recordBackup, creates)
	handle(s, "list-settings", "GET /settings", "List every setting and where it was said; secrets are not shown", s.listSettings)
}

func (s *server) listBackups(ctx context.Context, in *struct{ Paging }) (*listed[wire.Backup], error) {
	all, next, err := s.Backups.Backups(ctx, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, backupOut), nil
}

func (s *server) recordBackup(ctx context.Context, in *body[wire.NewBackup]) (*created[wire.Backup], error) {
	n := in.Body
	if n.At.After(s.Now().Add(aheadAtMost)) {
		return nil, mistake("at", n.At.Format(time.RFC3339), "lies in the future", "keep that machine's clock right with NTP")
	}
	for field, text := range map[string]string{"host": n.Host, "file": n.File} {
		if inventory.CleanText(text, len(text)) != text {
			return nil, mistake(field, "", "has hidden characters", "name it plainly")
		}
	}
	b, err := s.Backups.RecordBackup(ctx, who(ctx), inventory.Backup{At: n.At, Host: n.Host, File: n.File, Bytes: n.Bytes, SHA256: n.SHA256})
	if err != nil {
		return nil, err
	}
	return newObject("backups", string(b.ID), backupOut(b)), nil
}

func backupOut(b inventory.Backup) wire.Backup {
	return wire.Backup{
		ID: string(b.ID), SchemaVersion: b.Schema, By: b.By,
		NewBackup: wire.NewBackup{At: b.At, Host: b.Host, File: b.File, Bytes: b.Bytes, SHA256: b.SHA256},
	}
}

func (s *server) listSettings(context.Context, *struct{}) (*body[wire.List[wire.Setting]], error) {
	return answer(wire.List[wire.Setting]{Items: append([]wire.Setting{}, s.Settings...)}), nil
}
