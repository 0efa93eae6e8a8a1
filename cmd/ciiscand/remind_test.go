package main

import (
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
)

func TestAlarmsAreRaisedOnce(t *testing.T) {
	overdue := exchange.Reminder{Kind: exchange.RemindOverdue, Team: "TEAM-1", Object: "REL-1", Urgent: true, What: "by csaf"}
	twice := overdue
	twice.What = "by taxii"
	soon := exchange.Reminder{Kind: exchange.RemindAgreement, Object: "AGR-1", What: "expires in 90 days"}
	urgent := soon
	urgent.Urgent, urgent.What = true, "expires in 30 days"
	a := &alarms{}
	for i, step := range []struct {
		now  []exchange.Reminder
		want int
	}{
		{[]exchange.Reminder{overdue, twice, soon}, 2}, // one release by two channels is one alarm
		{[]exchange.Reminder{overdue, soon}, 0},
		{[]exchange.Reminder{overdue, urgent}, 1},
		{[]exchange.Reminder{urgent}, 0},
		{[]exchange.Reminder{urgent, overdue}, 1}, // over, and back
	} {
		if got := a.news(step.now); len(got) != step.want {
			t.Errorf("look %d raises %v, want %d", i, got, step.want)
		}
	}
}
