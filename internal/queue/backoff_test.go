package queue

import (
	"testing"
	"time"
)

// A peer may be away for two weeks.
func TestBackOff(t *testing.T) {
	var total time.Duration
	for attempt := 1; attempt < exchangeAttempts; attempt++ {
		d := backOff(attempt)
		if attempt > 1 && d < backOff(attempt-1) || d > 6*time.Hour {
			t.Errorf("after attempt %d the next comes in %s", attempt, d)
		}
		total += d
	}
	if first := backOff(1); first != 30*time.Second {
		t.Errorf("the first retry comes in %s, want 30s", first)
	}
	if last := backOff(exchangeAttempts); last != 6*time.Hour {
		t.Errorf("the last retries come %s apart, want 6h", last)
	}
	if total < 14*24*time.Hour {
		t.Errorf("deliveries are given up after %s, want two weeks at least", total)
	}
}
