package notify

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// TestWhatHasPassed: what has nothing to tell any more leaves nothing in the
// letter of what went with it, neither a kind nor facts.
func TestWhatHasPassed(t *testing.T) {
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	who := Addressee{ID: "C-1", Org: "ORG-1", Zone: time.UTC, Language: "bn"}
	finding := inventory.Finding{ID: "F-1", Org: "ORG-1", Severity: inventory.SeverityHigh, Detection: inventory.Open, FindingKey: inventory.FindingKey{Check: "telnet"}}
	fixed := finding
	fixed.ID, fixed.Detection = "F-2", inventory.Fixed
	waived := finding
	waived.ID, waived.Waiver = "F-3", inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Until: at.Add(20 * day)}
	stage, _ := EndingStage(at.Add(5*day), at)
	english, bangla := Text{Language: "en", Title: "a"}, Text{Language: "bn", Title: "b"}
	facts := Facts{
		Findings:    map[inventory.FindingID]inventory.Finding{"F-1": finding, "F-2": fixed, "F-3": waived},
		Permissions: map[string]inventory.Authorization{"AUTH-1": {Until: at.Add(5 * day)}, "AUTH-2": {Until: at.Add(20 * day)}},
		Advised: map[string]Advised{
			"ADV-1": {ID: "ADV-1", Open: 2, Texts: []Text{english, {Language: "hi"}, bangla}}, "ADV-2": {ID: "ADV-2", Texts: []Text{english}},
			"ADV-3": {ID: "ADV-3", Open: 1, Withdrawn: true, Texts: []Text{english}},
		},
		Report: &Report{ID: "weekly-ORG-1-2026-W45"},
	}
	item := func(kind Kind, object, stage string, due time.Time) Item {
		return Item{Org: "ORG-1", Contact: "C-1", Kind: kind, Object: object, Stage: stage, Due: due}
	}
	remind := item(Reminder, "F-1", "overdue-1", at)
	for what, c := range map[string]struct {
		items []Item
		kind  Kind // "" for no letter
		told  int
	}{
		"a week too long ago":           {[]Item{item(Weekly, "2026-W45", "", at.Add(-11*day))}, "", 0},
		"a week too long ago, and more": {[]Item{item(Weekly, "2026-W45", "", at.Add(-11*day)), remind}, Reminder, 1},
		"a week":                        {[]Item{item(Weekly, "2026-W47", "", at.Add(-9*day)), remind}, Weekly, 2},
		"a report that was confirmed":   {[]Item{item(Unconfirmed, "2026-W46", "", at), remind}, Reminder, 1},
		"what was fixed":                {[]Item{item(Reminder, "F-2", "overdue-1", at), remind}, Reminder, 1},
		"what was waived":               {[]Item{item(Alert, "F-3", "new", at)}, "", 0},
		"an end that has moved":         {[]Item{item(PermissionEnds, "AUTH-2", stage, at), item(WaiverEnds, "F-3", stage, at)}, "", 0},
		"an end":                        {[]Item{item(PermissionEnds, "AUTH-1", stage, at), remind}, Digest, 2},
		"advice on what is fixed":       {[]Item{item(Advisory, "ADV-2", "1", at), item(Advisory, "ADV-1", "1", at)}, Advisory, 1},
		"advice that was withdrawn":     {[]Item{item(Advisory, "ADV-3", "1", at)}, "", 0},
		"a withdrawal":                  {[]Item{item(Advisory, "ADV-3", "withdrawn", at)}, Advisory, 1},
	} {
		round := Round{Send: true}
		for i, it := range c.items {
			round.Items = append(round.Items, Waiting{Num: int64(i), Item: it})
		}
		round.Kind = kindOf(round.Items)
		l, told, ok := Compose(round, who, facts, DefaultRules(), at)
		if ok != (c.kind != "") || l.Kind != c.kind || len(told) != c.told {
			t.Errorf("%s: a letter of kind %q, told %v, %t", what, l.Kind, told, ok)
		}
		if l.Earlier != nil || (l.Week == "" || l.Report == nil) != (c.kind != Weekly) {
			t.Errorf("%s: week %q, report %v, earlier %v", what, l.Week, l.Report, l.Earlier)
		}
		for _, a := range l.Advised {
			for _, text := range a.Texts {
				if text.Language == "hi" {
					t.Errorf("%s: it has a text that its reader does not read", what)
				}
			}
		}
	}
}
