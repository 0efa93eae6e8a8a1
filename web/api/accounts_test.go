package api_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// TestAccounts invites, as the machine's administrator and as an operator's,
// and shows that the latter reaches its own people only.
func TestAccounts(t *testing.T) {
	ctx := t.Context()
	socket := onRealStore(t)
	c := client.Unix(socket, "")
	token := func(user, role, org, scope string) *client.Client {
		made := must[wire.Token](t)(c.CreateToken(ctx, wire.NewToken{User: user, Name: "test", Role: role, OrgID: org, Scope: scope, Expires: time.Now().Add(time.Hour)}))
		return client.Unix(socket, made.Secret)
	}
	grid := must[wire.Organization](t)(c.CreateOrganization(ctx, wire.NewOrganization{Name: "Grid", Sector: "energy", Country: "LK"})).ID
	water := must[wire.Organization](t)(c.CreateOrganization(ctx, wire.NewOrganization{Name: "Water", Sector: "water", Country: "LK"})).ID

	first := must[wire.InvitationLink](t)(c.InviteFirst(ctx))
	if !strings.HasPrefix(first.URL, "https://console.example/invitation/") || first.State != "open" || first.Role != "administrator" {
		t.Errorf("first link = %+v", first)
	}
	if _, err := token("admin", "administrator", "", "").InviteFirst(ctx); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("the first link by a token = %v, want it refused", err)
	}

	theirs := must[wire.InvitationLink](t)(c.Invite(ctx, wire.NewInvitation{Role: "operator", OrgID: water}))
	sunil := token("sunil", "operator_admin", grid, "")
	own := must[wire.InvitationLink](t)(sunil.Invite(ctx, wire.NewInvitation{Role: "operator"}))
	if own.OrgID != grid {
		t.Errorf("an operator's administrator invites for %s, want %s", own.OrgID, grid)
	}
	for name, bad := range map[string]wire.NewInvitation{
		"an analyst": {Role: "analyst"}, "another organisation's": {Role: "operator", OrgID: water},
	} {
		if _, err := sunil.Invite(ctx, bad); !errors.Is(err, inventory.ErrInvalid) && !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("an operator's administrator invites %s: %v", name, err)
		}
	}
	if _, err := sunil.InvitationPage(ctx, url.Values{"org_id": {water}}); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("another organisation's invitations = %v, want not found", err)
	}
	seen := must[wire.List[wire.Invitation]](t)(sunil.InvitationPage(ctx, nil))
	if len(seen.Items) != 1 || seen.Items[0].ID != own.ID {
		t.Errorf("an operator's administrator sees %+v, want its own invitation", seen.Items)
	}
	if err := sunil.RevokeInvitation(ctx, theirs.ID); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("revoking another organisation's = %v, want not found", err)
	}
	if err := sunil.RevokeInvitation(ctx, own.ID); err != nil {
		t.Error(err)
	}
	if _, err := sunil.ResetAccount(ctx, "ACC-99"); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("resetting nobody = %v", err)
	}
	for user, role := range map[string]string{"kasun": "operator", "ada": "analyst"} {
		org := ""
		if role == "operator" {
			org = grid
		}
		if _, err := token(user, role, org, "").ResetAccount(ctx, "ACC-1"); !errors.Is(err, inventory.ErrForbidden) {
			t.Errorf("%s resets an account: %v", role, err)
		}
	}
	if _, err := token("nimal", "operator", grid, "").AccountPage(ctx, nil); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("an operator lists accounts: %v", err)
	}
	if _, err := c.Account(ctx, "ACC-99"); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("a guessed account = %v", err)
	}
}

// TestReadToken shows that a token for reading changes nothing, whatever the
// role may do.
func TestReadToken(t *testing.T) {
	ctx := t.Context()
	socket := onRealStore(t)
	c := client.Unix(socket, "")
	made := must[wire.Token](t)(c.CreateToken(ctx, wire.NewToken{User: "amara", Name: "r", Role: "administrator", Scope: "read", Expires: time.Now().Add(time.Hour)}))
	if made.Scope != "read" {
		t.Errorf("token = %+v", made)
	}
	amara := client.Unix(socket, made.Secret)
	must[[]wire.Organization](t)(amara.Organizations(ctx))
	_, err := amara.CreateOrganization(ctx, wire.NewOrganization{Name: "Grid", Sector: "energy", Country: "LK"})
	problem, ok := errors.AsType[*client.Error](err)
	if !ok || !errors.Is(err, inventory.ErrForbidden) || !strings.Contains(problem.Error(), "reading only") || problem.Advice() == "" {
		t.Errorf("a write with it = %v, want a clear refusal", err)
	}
	if _, err := amara.CreateToken(ctx, wire.NewToken{User: "amara", Name: "w", Role: "administrator", Expires: time.Now().Add(time.Hour)}); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("a mightier token by it = %v", err)
	}
}
