package main

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/schedule"
)

// What may not be scanned says why, and what is under way is not started again.
func TestStartTargeted(t *testing.T) {
	ctx := t.Context()
	st := storetest.Open(t, storetest.NewDB(t).URL, store.Options{Now: time.Now, Admit: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	org, err := st.CreateOrganization(ctx, "mara", inventory.Organization{
		Name: "Power", Sector: inventory.SectorEnergy, Country: "LK", Criticality: inventory.CriticalityHigh, TimeZone: "UTC",
		Contacts: []inventory.Contact{{Role: inventory.RoleTechnical, Name: "Duty", Email: "duty@example.org"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	address, err := inventory.ParseAddress("192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	assets, err := st.CreateAssets(ctx, "mara", []inventory.Asset{{
		Org: org.ID, Address: address, Name: "server", Criticality: inventory.CriticalityHigh, Class: inventory.IT,
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := targeted{schedule.NewPlanner(st, nil, time.Now), st}
	want := match.Targeted{Org: org.ID, Asset: assets[0].ID, Checks: []inventory.CheckID{"redis-lua"}, TCP: "6379"}
	id, err := s.StartTargeted(ctx, want)
	if !errors.Is(err, inventory.ErrOutOfScope) || !strings.Contains(err.Error(), "192.0.2.7: ") || id == "" {
		t.Errorf("without an authorization: scan %q, %v, want one and ErrOutOfScope with the reason", id, err)
	}
	aim := scanner.Aim{Checks: want.Checks, TCP: want.TCP}
	live, err := st.CreateScan(ctx, "exchange", scanner.Scan{Org: org.ID, Asset: want.Asset, Profile: "standard", Trigger: scanner.TriggerAdvisory, Aim: aim},
		[]scanner.Task{{Profile: "standard", Hosts: []scanner.Host{{Addr: netip.MustParseAddr("192.0.2.7"), Asset: want.Asset, Class: inventory.IT}}, Aim: aim}}, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := s.StartTargeted(ctx, want); err != nil || id != string(live.ID) {
		t.Errorf("while one waits: scan %q, %v, want %s", id, err, live.ID)
	}
	want.TCP = "6380"
	if id, _ := s.StartTargeted(ctx, want); id == string(live.ID) {
		t.Error("a scan of another port will do")
	}
}
