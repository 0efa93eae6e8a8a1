package browse

import (
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestTwoEditTheSame shows the second of two both texts, keeps what was typed,
// and lets it be saved when both were seen.
func TestTwoEditTheSame(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	permit, _ := w.Fill("/permits/{id}")
	signed, err := w.Store.Agreement(w.Context(), exchange.AgreementID(w.Agreement))
	if err != nil {
		t.Fatal(err)
	}
	signed.Reference = "MoU 2026/8"
	draft, err := w.Store.CreateAgreement(w.Context(), "mara", signed)
	if err != nil {
		t.Fatal(err)
	}
	const ours, theirs = "Mine <i>came</i> later", "Theirs was first"
	late, soon := as(t, w, "analyst"), as(t, w, "administrator")
	for _, tt := range []struct{ path, field, ours, theirs string }{
		{permit + "/edit", "#signed_by", ours, theirs},
		{"/peers/" + w.Team + "/edit", "#time_zone", "Asia/Dhaka", "Asia/Kathmandu"},
		{"/agreements/" + string(draft.ID) + "/edit", "#reference", ours, theirs},
		{"/assets/" + string(w.Assets[0].ID) + "/edit", "#name", ours, theirs},
		{"/organizations/" + string(w.Grid) + "/edit", "#name", ours, theirs},
	} {
		const save = "main form .form-end .primary"
		late.Open(tt.path)
		soon.Open(tt.path)
		late.Fill(tt.field, tt.ours)
		soon.Fill(tt.field, tt.theirs)
		soon.Follow(save)
		late.Follow(save)
		late.WaitText("#problem", "Somebody else changed this meanwhile")
		if kept := late.Value(tt.field); kept != tt.ours {
			t.Errorf("%s: the form has %q, want what was typed: %q", tt.path, kept, tt.ours)
		}
		if both := late.Text(".diff"); !strings.Contains(both, tt.ours) || !strings.Contains(both, tt.theirs) {
			t.Errorf("%s: both are not shown: %s", tt.path, both)
		}
		late.Axe()
		late.Screenshot("merge " + tt.path)
		late.Follow(save)
		if n := late.Count(".diff, #problem"); n != 0 {
			t.Errorf("%s: saved again, it is refused: %s", tt.path, late.Text("main"))
		}
	}
}
