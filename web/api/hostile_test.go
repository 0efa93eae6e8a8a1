package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
)

// hostile are values that no page of ours sends.
var hostile = []string{"a\x00b", "\xff\xfe", `%\'`, "-1", "99999999999999999999", "9999-12-31T23:59:59Z"}

// TestHostileQueriesAreAnswered: whatever stands in an address is understood
// or refused, and is never a fault of ours or a file that breaks off.
func TestHostileQueriesAreAnswered(t *testing.T) {
	w := newWalked(t)
	asked := 0
	for _, op := range w.operations() {
		if op.Method != http.MethodGet || op.unfurnished() {
			continue
		}
		path, _ := w.fill(op, w.ours)
		for _, p := range op.Parameters {
			for _, v := range hostile {
				at := path + "?" + url.Values{p.Name: {v}}.Encode()
				if p.In == "path" {
					if at = strings.Replace(Base+op.path, "{"+p.Name+"}", url.PathEscape(v), 1); strings.Contains(at, "{") {
						continue
					}
				}
				rec := w.call(auth.Identity{User: "ada", Role: auth.Administrator}, op.Method, at, "", "")
				if rec.Code >= http.StatusInternalServerError {
					t.Errorf("%s with %s %q = %d %s", op.OperationID, p.Name, v, rec.Code, rec.Body)
				}
				asked++
			}
		}
	}
	if asked < 500 {
		t.Errorf("%d questions were asked, want some for every parameter", asked)
	}
}

// TestOperatorsDoNotSeeWhoWaived: an operator talks with the CERT, not with
// one of its people.
func TestOperatorsDoNotSeeWhoWaived(t *testing.T) {
	line := inventory.FindingLine{Finding: inventory.Finding{Waiver: inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, By: "ada"}}}
	for who, want := range map[auth.Identity]string{
		{User: "otto", Role: auth.Operator, Org: "ORG-1"}: "CERT",
		{User: "bo", Role: auth.Analyst}:                  "ada",
	} {
		got := lineFor(auth.WithIdentity(t.Context(), who))(line)
		if got.WaiverInfo == nil || got.WaiverInfo.By != want {
			t.Errorf("to %s it was %+v, want %s", who.Role, got.WaiverInfo, want)
		}
	}
}
