package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/auth"
)

func TestTheNationIsCountedAgainAndAgain(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int32
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := auth.FromContext(r.Context())
		if r.URL.Path != "/api/v1/overview" || r.URL.RawQuery != "" || !ok || who.Bound() {
			t.Errorf("%s as %+v: want the whole nation", r.URL, who)
		}
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable) // and it goes on
			return
		}
		cancel()
	})
	if err := keepCounted(ctx, client.Local(api), time.Millisecond, slog.New(slog.DiscardHandler)); err != nil || asked.Load() < 2 {
		t.Errorf("asked %d times, %v", asked.Load(), err)
	}
}
