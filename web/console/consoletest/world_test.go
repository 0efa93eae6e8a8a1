package consoletest_test

import (
	"net/http"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestWorldHasAllStates(t *testing.T) {
	w := consoletest.New(t)
	detected, waived, work := map[inventory.Detection]int{}, map[inventory.WaiverKind]int{}, map[inventory.Work]int{}
	for _, f := range w.Findings {
		detected[f.Detection]++
		waived[f.Waiver.Kind]++
		work[f.Work]++
	}
	for _, d := range []inventory.Detection{inventory.Open, inventory.Fixed, inventory.Reopened} {
		if detected[d] == 0 {
			t.Errorf("no finding is %s: %v", d, detected)
		}
	}
	if waived[inventory.WaiverAcceptedRisk] == 0 || waived[inventory.WaiverFalsePositive] == 0 || work[inventory.WorkInProgress] == 0 {
		t.Errorf("waivers %v, work %v", waived, work)
	}
	for _, role := range auth.Roles() {
		if page := w.As(string(role)).Get("/account"); page.Status == http.StatusSeeOther {
			t.Errorf("the %s is sent to %s, not signed in", role, page.Location)
		}
	}
	if page := w.As("").Get("/findings"); page.Status != http.StatusSeeOther || page.Location != "/sign-in?next=%2Ffindings" {
		t.Errorf("a stranger: %d %s, want to be led to sign in", page.Status, page.Location)
	}
	page := w.As("analyst").Get("/findings")
	if page.Status != http.StatusOK || !page.Has("Modbus answers from the internet") {
		t.Errorf("GET /findings = %d\n%s", page.Status, page.Body)
	}
}
