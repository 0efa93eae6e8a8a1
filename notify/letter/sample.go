package letter

import (
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

// Sample is a notice as an invented operator would get it, to be looked at.
func Sample(kind notify.Kind, language string, bilingual bool, at time.Time) notify.Notice {
	const week, code = "2026-W47", "ABCD2345"
	due := at.AddDate(0, 0, 3)
	place := func(finding inventory.FindingID, addr, host string, port uint16) notify.Place {
		return notify.Place{Finding: finding, Addr: netip.MustParseAddr(addr), Host: host, Port: port, Transport: inventory.TCP, FirstSeen: at.AddDate(0, 0, -1)}
	}
	matters := []notify.Matter{
		{
			Check: "CVE-2026-0001", Title: "Firewall with a known hole", Severity: inventory.SeverityCritical, KEV: true, Reason: notify.ReasonKEV,
			Why: "Attackers take such firewalls over from anywhere.", Fix: "Update the firewall's software. Until then, close its management to the internet.",
			Due: &due, Places: []notify.Place{place("F-12", "192.0.2.10", "gate.example.org", 443)},
		},
	}
	for _, c := range inventory.ExposureChecks() {
		if c.ID == "exposed-modbus" || c.ID == "exposed-rdp" {
			port := uint16(3389)
			if c.ID == "exposed-modbus" {
				port = 502
			}
			matters = append(matters, notify.Matter{
				Check: c.ID, Title: c.Title, Severity: c.Severity, Reason: notify.ReasonExposed, Why: c.Why, Fix: c.Fix,
				Places: []notify.Place{place("F-13", "192.0.2.30", "", port), place("F-14", "198.51.100.7", "plant.example.org", port)}, Left: 2,
			})
		}
	}
	l := notify.Letter{Kind: kind, Org: "ORG-1", OrgName: "Power Grid Company", Zone: "Asia/Colombo", At: at.UTC()}
	switch kind {
	case notify.Weekly:
		l.Week, l.Counts, l.Matters, l.Left = week, notify.Counts{Open: 41, New: 4, Fixed: 9, Urgent: 5, Overdue: 2}, matters, 3
	case notify.Alert:
		l.Matters = matters
	case notify.WaiverEnds:
		l.Endings = []notify.Ending{{Kind: kind, Object: "F-20", Title: "Old version of a mail server", At: at.AddDate(0, 0, 30)}}
	case notify.PermissionEnds:
		l.Endings = []notify.Ending{{Kind: kind, Object: "AUTH-3", At: at.AddDate(0, 0, 7)}}
	case notify.Unconfirmed:
		l.Earlier = &notify.Earlier{Notice: "N-1", Week: week, At: at.AddDate(0, 0, -6), Name: "Duty desk"}
	case notify.Advisory:
		l.Advised = []notify.Advised{{ID: "ADV-7", Version: 2, TLP: notify.Amber, Severity: inventory.SeverityHigh, Open: 3, Texts: []notify.Text{
			{Language: "en", Title: "Firewalls are taken over through a known hole", Summary: "The hole is used since **last week**.\nIt needs no password.", Fix: "- Update the firewall's software.\n- Close its management to the internet."},
			{Language: "bn", Title: "পরিচিত ত্রুটি দিয়ে ফায়ারওয়াল দখল করা হচ্ছে", Summary: "গত সপ্তাহ থেকে ত্রুটিটি ব্যবহার করা হচ্ছে।\nএতে কোনো পাসওয়ার্ড লাগে না।", Fix: "- ফায়ারওয়ালের সফটওয়্যার হালনাগাদ করুন।\n- ইন্টারনেট থেকে এর ব্যবস্থাপনা বন্ধ করুন।"},
		}}}
	case notify.Verify:
		l.Code = code
	case notify.Reminder, notify.Digest:
		for i := range matters {
			matters[i].Reason = notify.ReasonOverdue
		}
		l.Matters = matters
		if kind == notify.Digest {
			l.Endings = []notify.Ending{{Kind: notify.PermissionEnds, Object: "AUTH-3", At: at.AddDate(0, 0, 7)}}
		}
	}
	l.TLP = l.Label()
	return notify.Notice{ID: "N-12", Kind: kind, Org: l.Org, To: "desk@example.org", Language: language, Bilingual: bilingual, Letter: l, CreatedAt: at}
}
