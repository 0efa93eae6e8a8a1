package schedule

import (
	"context"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func (f *fakeStore) Schedules(context.Context, inventory.OrganizationID, inventory.Page) ([]scanner.Schedule, string, error) {
	return f.due, "", nil
}

func (f *fakeStore) TimeZones(context.Context, []inventory.OrganizationID) (map[inventory.OrganizationID]string, error) {
	return map[inventory.OrganizationID]string{"ORG-1": "Asia/Colombo"}, nil
}

func TestSlotsAreInTheOrganisationsZone(t *testing.T) {
	f := &fakeStore{due: []scanner.Schedule{
		{ID: "SCH-1", Org: "ORG-1", Cron: "0 2 * * *"},
		{ID: "SCH-2", Org: "ORG-1", Cron: "0 1 * * *", Paused: true},
		{ID: "SCH-3", Org: "ORG-1", Cron: "CRON_TZ=UTC 0 12 2 3 *"},
	}}
	s := New(f, nil, nil, nil)
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	got, err := s.Slots(t.Context(), "ORG-1", from, from.AddDate(0, 0, 2))
	if err != nil {
		t.Fatal(err)
	}
	// 02:00 in Colombo is 20:30 the day before.
	want := []time.Time{from.Add(20*time.Hour + 30*time.Minute), from.Add(36 * time.Hour), from.Add(44*time.Hour + 30*time.Minute)}
	if len(got) != len(want) {
		t.Fatalf("slots = %+v, want %v", got, want)
	}
	for i, w := range want {
		if !got[i].At.Equal(w) {
			t.Errorf("slot %d at %v, want %v", i, got[i].At, w)
		}
	}
}
