package consoletest

import (
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/scanner"
)

const week = 7 * 24 * time.Hour

// Hostile is a name that somebody gave an asset: it must be shown as it is,
// and do nothing.
const Hostile = "\"><script>document.title='run'</script><b>Portal</b> \u202egpj.exe"

// seed lets six weeks pass.
func (w *World) seed() {
	w.past.Store(int64(7 * week))
	w.register()
	w.permit()
	w.learn()
	w.scan()
	w.past.Store(int64(2 * time.Hour))
	w.work()
	w.share()
	w.past.Store(0)
}

func (w *World) register() {
	org := func(name string, sector inventory.Sector, level inventory.Criticality) inventory.OrganizationID {
		o, err := w.Store.CreateOrganization(w.Context(), "mara", inventory.Organization{
			Name: name, Sector: sector, Country: "LK", Criticality: level, TimeZone: "Asia/Colombo",
			Contacts: []inventory.Contact{{Role: inventory.RoleTechnical, Name: "Duty desk", Email: "desk@example.org"}},
		})
		w.must(err)
		return o.ID
	}
	w.Grid = org("Island Power Grid", inventory.SectorEnergy, inventory.CriticalityCritical)
	w.Water = org("Capital Water Board", inventory.SectorWater, inventory.CriticalityHigh)
	w.Rail = org("Coast Railway", inventory.SectorTransport, inventory.CriticalityMedium)
	asset := func(org inventory.OrganizationID, address, name string, class inventory.AssetClass, tags ...string) inventory.Asset {
		a, err := inventory.ParseAddress(address)
		w.must(err)
		made, err := w.Store.CreateAssets(w.Context(), "mara", []inventory.Asset{{
			Org: org, Address: a, Name: name, Criticality: inventory.CriticalityHigh, Class: class, Tags: tags, Site: "Colombo",
		}})
		w.must(err)
		return made[0]
	}
	w.Assets = []inventory.Asset{
		asset(w.Grid, "192.0.2.10", "Customer portal", inventory.IT, "dmz", "web"),
		asset(w.Grid, "192.0.2.20", Hostile, inventory.IT),
		asset(w.Grid, "192.0.2.30", "Substation gateway", inventory.OT, "scada"),
		asset(w.Grid, "192.0.2.40", "Jump host", inventory.IT, "remote access"),
		asset(w.Water, "198.51.100.10", "Billing", inventory.IT, "web"),
		asset(w.Water, "198.51.100.20", "Pump control", inventory.OT, "scada"),
	}
	asset(w.Rail, "192.0.2.128/28", "Signal boxes", inventory.OT, "scada")
}

// permit lets Grid and Water be scanned, on paper.
func (w *World) permit() {
	for org, prefix := range map[inventory.OrganizationID]string{w.Grid: "192.0.2.0/25", w.Water: "198.51.100.0/24"} {
		_, err := w.Store.CreateAuthorization(w.Context(), "mara", inventory.Authorization{
			Org: org, Prefixes: []netip.Prefix{netip.MustParsePrefix(prefix)}, Method: inventory.MethodLetter, State: inventory.AuthActive,
			Level: inventory.LevelStandard, OTLevel: inventory.LevelLight, From: w.now(), Until: w.now().AddDate(1, 0, 0), TimeZone: "Asia/Colombo",
			SignedBy: "N. Perera", Document: inventory.Document{Name: "letter.pdf"},
		}, []byte("%PDF-1.7 letter"))
		w.must(err)
		sch, err := w.Store.CreateSchedule(w.Context(), "mara", scanner.Schedule{
			Org: org, Cron: "0 2 * * 1", Profile: "standard", NextAt: time.Now().Add(3 * 24 * time.Hour),
		})
		w.must(err)
		w.Schedule = string(sch.ID)
	}
	_, err := w.Store.CreateExclusion(w.Context(), "mara", inventory.Exclusion{
		Prefix: netip.MustParsePrefix("192.0.2.99/32"), Reason: "a fragile controller", Until: time.Now().AddDate(0, 6, 0),
	})
	w.must(err)
}

// learn tells what is looked for, and what is attacked.
func (w *World) learn() {
	w.must(w.Store.SyncChecks(w.Context(), []inventory.Check{
		{ID: "test-rdp", Title: "Remote desktop is open to everybody", Severity: inventory.SeverityCritical, Why: "Anybody may try passwords.", Fix: "Allow it only through a VPN.", Source: "exposure", Protocol: "port"},
		{ID: "test-portal", Title: "The portal's software lets strangers run programs", Severity: inventory.SeverityHigh, Why: "An attacker becomes the server.", Fix: "Install version 4.2.", Source: "template", Protocol: "http", CVEs: []string{"CVE-2026-0001"}, CVSS: inventory.CVSS{Score: 9.8, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
		{ID: "test-modbus", Title: "Modbus answers from the internet", Severity: inventory.SeverityHigh, Why: "Valves can be moved from outside.", Fix: "Put it behind the plant's firewall.", Source: "exposure", Protocol: "port"},
		{ID: "test-status", Title: "A status page tells too much", Severity: inventory.SeverityMedium, Why: "It helps to plan an attack.", Fix: "Switch it off.", Source: "template", Protocol: "http"},
		{ID: "test-version", Title: "The server tells its exact version", Severity: inventory.SeverityLow, Why: "It helps to choose an attack.", Fix: "Hide it.", Source: "template", Protocol: "http"},
	}))
	w.must(w.Store.ImportKEV(w.Context(), "mara", map[string]inventory.Threat{"CVE-2026-0001": {KEV: true}}))
	w.must(w.Store.ImportEPSS(w.Context(), "mara", map[string]inventory.Threat{"CVE-2026-0001": {EPSS: .83}}))
}

// work is what people did about the findings.
func (w *World) work() {
	var err error
	w.Findings, _, err = w.Store.Findings(w.Context(), inventory.FindingFilter{}, inventory.Page{})
	w.must(err)
	open := map[inventory.CheckID][]inventory.FindingID{}
	for _, f := range w.Findings {
		if f.Detection.Present() {
			open[f.Check] = append(open[f.Check], f.ID)
		}
	}
	w.must(w.Store.SetWork(w.Context(), "mara", open["test-rdp"][0], inventory.WorkInProgress, "the operator moves it behind a VPN"))
	w.must(w.Store.SetWork(w.Context(), "mara", open["test-modbus"][0], inventory.WorkNotified, "told by telephone"))
	w.must(w.Store.SetWaiver(w.Context(), "mara", open["test-status"][0], inventory.Waiver{
		Kind: inventory.WaiverAcceptedRisk, Reason: "replaced in spring", Until: time.Now().AddDate(0, 0, 20),
	}))
	w.must(w.Store.SetWaiver(w.Context(), "mara", open["test-version"][0], inventory.Waiver{
		Kind: inventory.WaiverFalsePositive, Reason: "the banner is made up", Until: time.Now().AddDate(0, 3, 0),
	}))
	w.Findings, _, err = w.Store.Findings(w.Context(), inventory.FindingFilter{}, inventory.Page{})
	w.must(err)
}

// share is what other teams have from us, and we from them.
func (w *World) share() {
	ctx := w.Context()
	draft := func(title string) advisory.Advisory {
		a, err := w.Store.CreateAdvisory(ctx, "ada", advisory.Advisory{
			Category: advisory.Vulnerability, TLP: advisory.Amber, Title: title, Summary: "Strangers can run programs on the portal.",
			Impact: "Customer data can be read.", Fix: "Install version 4.2.", Severity: inventory.SeverityHigh, CVEs: []string{"CVE-2026-0001"},
			Check: "test-portal", History: []advisory.Change{{Revision: 1, At: w.now(), By: "ada", Summary: "First version."}},
		})
		w.must(err)
		return a
	}
	w.Draft = draft("The portal again, a draft").ID
	w.Advisory = draft("Portal software is attacked").ID
	_, err := w.Store.SubmitAdvisory(ctx, "ada", w.Advisory)
	w.must(err)
	_, err = w.Store.ApproveAdvisory(ctx, "mara", w.Advisory)
	w.must(err)

	team, err := w.Store.CreateTeam(ctx, "mara", exchange.Team{
		Name: "CERT Neighbour", Country: "IN", State: exchange.TeamConfirmed, TimeZone: "Asia/Kolkata",
		Namespaces: []string{"https://neighbour.example"}, Contacts: []exchange.Contact{{Role: exchange.PointOfContact, Email: "poc@neighbour.example"}},
		Profile: exchange.Profile{Organization: exchange.Coarsen},
	})
	w.must(err)
	terms := exchange.Terms{
		Categories: advisory.Categories(), Ceiling: advisory.Amber, DefaultTLP: advisory.Amber, AckHours: 24,
		Channels: []exchange.Channel{exchange.ChannelCSAF, exchange.ChannelTAXII, exchange.ChannelMISP, exchange.ChannelMail},
	}
	agreed, err := w.Store.CreateAgreement(ctx, "mara", exchange.Agreement{
		Team: team.ID, Reference: "MoU 2026/7", EffectiveAt: w.now().Add(-24 * time.Hour), ExpiresAt: w.now().AddDate(1, 0, 0), NoticeDays: 90,
		Ours: exchange.Party{Authority: "Ministry", CERT: "CERT Example"}, Theirs: exchange.Party{Authority: "Agency", CERT: "CERT Neighbour"},
		Give: terms, Take: terms, Themes: []exchange.Theme{exchange.ThemeCII},
	})
	w.must(err)
	_, err = w.Store.SignAgreement(ctx, "mara", agreed.ID, w.now().Add(-time.Hour), "mou.pdf", []byte("%PDF-1.7 agreement"))
	w.must(err)
	in, err := w.Store.KeepInbound(ctx, exchange.Inbound{
		Team: team.ID, Channel: exchange.ChannelCSAF, Name: "neighbour-1.json", MediaType: "application/json", Signature: exchange.SignatureGood,
		SignedBy: "AB", State: exchange.InboundAccepted, Reason: "in order",
		Document: exchange.Document{
			Format: "csaf", TrackingID: "NEIGHBOUR-1", Namespace: "https://neighbour.example", Version: "1", Title: "Attacks on portals",
			Category: advisory.Vulnerability, TLP: advisory.Green, Labelled: true, CVEs: []string{"CVE-2026-0001"},
		},
	}, []byte(`{"document":{}}`))
	w.must(err)
	odd, err := w.Store.KeepInbound(ctx, exchange.Inbound{
		Team: team.ID, Channel: exchange.ChannelMail, Name: "odd.json", MediaType: "application/json", Signature: exchange.SignatureNone,
		State: exchange.InboundQuarantined, Reason: "it is not signed", Problems: []exchange.Problem{{Code: "signature", What: "there is none"}},
		Document: exchange.Document{
			Format: "csaf", TrackingID: "NEIGHBOUR-2", Namespace: "https://neighbour.example", Version: "1", Title: Hostile,
			Summary: "**Patch** <script>document.title='run'</script> ![x](https://bad.example/x.png)", Category: advisory.Vulnerability, TLP: advisory.Amber,
		},
	}, []byte(`{"document":{"odd":true}}`))
	w.must(err)
	w.Quarantined = string(odd.ID)
	asked, err := w.Store.RequestRelease(ctx, "ada", exchange.Release{
		Advisory: w.Advisory, Revision: 1, Team: team.ID, Agreement: agreed.ID, Channels: []exchange.Channel{exchange.ChannelCSAF}, Reason: "It is attacked.",
	})
	w.must(err)
	w.Release = string(asked.ID)
	w.Team, w.Agreement, w.Inbound = string(team.ID), string(agreed.ID), string(in.ID)
}
