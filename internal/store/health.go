package store

import (
	"context"
	"time"
)

// Health is what an administrator wants to see at a glance.
type Health struct {
	Version       int // of the schema
	Workers       []Worker
	QueuedTasks   int
	RunningTasks  int
	UnjudgedTasks int        // ended, and their results not yet judged
	OldestQueued  *time.Time // since when the longest waiting task waits
}

// A Worker is one scan worker as it last reported itself.
type Worker struct {
	Name      string
	Version   string
	Slots     int
	Running   int // tasks that it holds
	StartedAt time.Time
	SeenAt    time.Time
}

// Health looks at the installation.
func (s *Store) Health(ctx context.Context) (Health, error) { return Health{}, errPending }
