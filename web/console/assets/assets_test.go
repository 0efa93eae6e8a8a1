package assets_test

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestPagesOpen walks the pages of the register as the people who have them.
func TestPagesOpen(t *testing.T) {
	w := consoletest.New(t)
	asset, grid := string(w.Assets[0].ID), string(w.Grid)
	for _, tt := range []struct {
		role, path, want string
		status           int
	}{
		{"analyst", "/assets", w.Assets[0].Address.String(), 200},
		{"analyst", "/assets?sort=worst&stale=true&q=192.0.2.0/24&sector=energy&kind=it", "Remove all", 200},
		{"analyst", "/assets?q=no-such-thing", "No asset matches", 200},
		{"analyst", "/assets/" + asset, "Who changed what", 200},
		{"analyst", "/assets/" + asset + "/edit", "version", 200},
		{"analyst", "/assets/new", "Organisation", 200},
		{"analyst", "/assets/A-99999", "", 404},
		{"analyst", "/assets/" + asset, "portal.example.org", 200},
		{"analyst", "/assets?certificate=example+root", asset, 200},
		{"analyst", "/assets?certificate=no-such-root", "No asset matches", 200},
		{"analyst", "/certificates", "ends in ", 200},
		{"analyst", "/certificates?q=portal&ends=30&org=" + grid, "Example Root", 200},
		{"analyst", "/certificates?ends=7", "No certificate matches", 200},
		{"analyst", "/certificates?self_signed=yes", "No certificate matches", 200},
		{"operator", "/certificates", "portal.example.org", 200},
		{"operator", "/certificates?org=" + string(w.Water), "", 404},
		{"analyst", "/discoveries", "Claim what is yours", 200},
		{"analyst", "/organizations", grid, 200},
		{"analyst", "/organizations/found?q=gr", grid, 200},
		{"analyst", "/organizations/" + grid, "Sector median", 200},
		{"analyst", "/organizations/" + grid + "/edit", "Time zone", 200},
		{"analyst", "/organizations/" + grid + "/contacts/new", "S/MIME", 200},
		{"analyst", "/organizations/new", "Country", 200},
		{"analyst", "/permits", "AUTH-1", 200},
		{"analyst", "/permits/AUTH-1", "Covers", 200},
		{"analyst", "/permits/new", "How you prove it", 200},
		{"analyst", "/imports", "No imports yet", 200},
		{"analyst", "/imports/new", "One asset a line", 200},
		{"analyst", "/onboarding?org=" + grid, "Add what you answer for", 200},
		{"operator_admin", "/onboarding", "Add what you answer for", 200},
		{"operator_admin", "/assets", "My assets", 200},
		{"operator_admin", "/organizations/" + grid, "Contacts", 200},
		{"operator_admin", "/organizations/" + string(w.Water), "", 404},
		{"operator_admin", "/organizations", "", 403},
		{"operator", "/assets", "My assets", 200},
		{"operator", "/imports/new", "", 403},
		{"operator", "/permits", "AUTH-", 200},
	} {
		got := w.As(tt.role).Get(tt.path)
		if got.Status != tt.status || !got.Has(tt.want) || got.Has("%!") {
			t.Errorf("%s opens %s: %d, want %d and %q\n%s", tt.role, tt.path, got.Status, tt.status, tt.want, text(got.Body))
		}
	}
}

func TestAnothersAddressIsRefusedWithoutTellingWhose(t *testing.T) {
	w := consoletest.New(t)
	admin := w.As("operator_admin")
	for _, a := range w.Assets {
		if a.Org != w.Water {
			continue
		}
		got := admin.Post("/assets", url.Values{"address": {a.Address.String()}, "name": {"our pump"}, "kind": {"it"}})
		if got.Status != 422 || !got.Has("is registered by another organisation") || !got.Has("our pump") || got.Has(string(w.Water)) || got.Has(string(a.ID)) {
			t.Errorf("another's address = %d\n%s", got.Status, text(got.Body))
		}
		return
	}
	t.Fatal("the world has no asset of another organisation")
}

func TestAssetsSayThatTheyNeedAPermission(t *testing.T) {
	w := consoletest.New(t)
	admin := w.As("operator_admin")
	got := admin.Post("/assets", url.Values{"address": {"https://bank.example.org/login"}, "function": {"Internet bank"}, "kind": {"it"}, "criticality": {"high"}})
	path := got.Header.Get("Location")
	if page := admin.Get(path); got.Status != 303 || !page.Has("No permission covers it") || !page.Has("/permits/new?what=https%3a%2f%2fbank.example.org%2flogin") {
		t.Fatalf("a new asset = %d\n%s", got.Status, text(page.Body))
	}
	if form := admin.Get("/permits/new?what=https%3A%2F%2Fbank.example.org%2Flogin"); !form.Has(">\nbank.example.org<") {
		t.Errorf("the permission's form does not name the host\n%s", text(form.Body))
	}
	if list := admin.Get("/assets?permit=missing"); !list.Has("bank.example.org") || list.Has(">"+w.Assets[0].Address.String()+"<") {
		t.Errorf("assets without a permission\n%s", text(list.Body))
	}
	if list := admin.Get("/assets?q=internet+bank"); !list.Has("bank.example.org") {
		t.Error("an asset is not found by its function")
	}
}

func TestAssetsHaveAContactAndALimit(t *testing.T) {
	w := consoletest.New(t)
	admin, id := w.As("operator_admin"), string(w.Assets[0].ID)
	org, err := w.Store.Organization(w.Context(), w.Grid)
	if err != nil {
		t.Fatal(err)
	}
	rival, err := w.Store.Organization(w.Context(), w.Water)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"version": {"1"}, "name": {"gate"}, "kind": {"it"}, "criticality": {"high"}, "contact_id": {string(rival.Contacts[0].ID)}, "at_most": {"light"}}
	if got := admin.Post("/assets/"+id+"/edit", form); got.Status != 422 || !got.Has("is no contact of the organisation") {
		t.Fatalf("another organisation's contact = %d\n%s", got.Status, text(got.Body))
	}
	form.Set("contact_id", string(org.Contacts[0].ID))
	if got := admin.Post("/assets/"+id+"/edit", form); got.Status != 303 {
		t.Fatalf("the contact = %d\n%s", got.Status, text(got.Body))
	}
	if page := admin.Get("/assets/" + id); !page.Has(org.Contacts[0].Called()) || !page.Has("Its own limit: light <strong>– this rules") || !page.Has("<ins><bdi>light</bdi></ins>") {
		t.Errorf("the asset\n%s", text(page.Body))
	}
	got := admin.Post("/assets/change", url.Values{"do": {"limit"}, "at_most": {"passive"}, "id": {id}, "back": {"/assets"}})
	if list := admin.Get("/assets"); got.Status != 303 || !list.Has("not scanned") {
		t.Errorf("limited = %d\n%s", got.Status, text(list.Body))
	}
	if page := admin.Get("/assets/" + id); !page.Has("Nothing is sent to it") || page.Has("Scan this asset") {
		t.Errorf("an asset that is not to be scanned\n%s", text(page.Body))
	}
}

// Scans from the list look as deep as the bar says.
func TestTheBarChoosesHowDeep(t *testing.T) {
	w := consoletest.New(t)
	admin, id := w.As("operator_admin"), string(w.Assets[0].ID)
	if page := admin.Get("/assets"); !page.Has(`<option value="standard" selected>Standard</option><option value="intensive">Intensive</option>`) {
		t.Errorf("the bar\n%s", text(page.Body))
	}
	api, ctx := w.API("operator_admin")
	for _, profile := range []string{"light", "ot", ""} {
		got := admin.Post("/assets/change", url.Values{"do": {"scan"}, "profile": {profile}, "id": {id}, "back": {"/assets"}})
		all, err := api.ScanPage(ctx, url.Values{"limit": {"1"}})
		if want := cmp.Or(profile, "standard"); got.Status != 303 || err != nil || all.Items[0].Profile != want {
			t.Errorf("scanned as %q: %d, %+v, %v", profile, got.Status, all.Items, err)
		}
	}
	if got := admin.Post("/assets/change", url.Values{"do": {"scan"}, "profile": {"thorough"}, "id": {id}, "back": {"/assets"}}); got.Status != 303 || got.Location != "/assets" {
		t.Errorf("an unknown depth: %d", got.Status)
	}
}

func TestAssetsTellTheLimitThatRules(t *testing.T) {
	w := consoletest.New(t)
	admin, id := w.As("operator_admin"), string(w.Assets[0].ID)
	if page := admin.Get("/assets/" + id); page.Has("Why not deeper") {
		t.Fatalf("an asset without limits\n%s", text(page.Body))
	}
	got := admin.Post("/assets", url.Values{"address": {"192.0.2.0/28"}, "name": {"Plant network"}, "kind": {"it"}, "criticality": {"high"}})
	if got.Status != 303 {
		t.Fatalf("the network = %d\n%s", got.Status, text(got.Body))
	}
	net := strings.TrimPrefix(got.Location, "/assets/")
	for _, c := range []struct{ id, level string }{{net, "light"}, {id, "standard"}} {
		if got := admin.Post("/assets/change", url.Values{"do": {"limit"}, "at_most": {c.level}, "id": {c.id}, "back": {"/assets"}}); got.Status != 303 {
			t.Fatalf("limit %s = %d\n%s", c.id, got.Status, text(got.Body))
		}
	}
	page := admin.Get("/assets/" + id)
	for _, want := range []string{
		"<details open><summary>Why not deeper", "Its own limit: standard</li>", `<a href="/assets/` + net + `"><bdi>Plant network</bdi></a>`,
		"which has the same addresses: light <strong>– this rules", ">The permission</a>: ",
	} {
		if !page.Has(want) {
			t.Errorf("the page lacks %q\n%s", want, text(page.Body))
		}
	}
	if network := admin.Get("/assets/" + net); !network.Has("which has the same addresses, in part: standard</li>") || !network.Has("Its own limit: light <strong>– this rules") {
		t.Errorf("the network\n%s", text(network.Body))
	}
}

func TestOperatorPageTellsAndTests(t *testing.T) {
	w := consoletest.New(t)
	admin, path := w.As("operator_admin"), "/organizations/"+string(w.Grid)
	org, err := w.Store.Organization(w.Context(), w.Grid)
	if err != nil {
		t.Fatal(err)
	}
	contact := path + "/contacts/" + string(org.Contacts[0].ID)
	for range 7 { // of which two are too many
		if got := admin.Post(contact+"/test", nil); got.Status != 303 {
			t.Fatalf("a test mail = %d\n%s", got.Status, text(got.Body))
		}
	}
	api, ctx := w.API("operator_admin")
	if sent, err := api.NoticePage(ctx, url.Values{"kind": {"verify"}}); err != nil || len(sent.Items) != 5 {
		t.Errorf("%d test mails, %v; want as many as a day allows", len(sent.Items), err)
	}
	if got := admin.Post(contact+"/confirm", url.Values{"code": {"WRONG"}}); got.Status != 422 || !got.Has("is not the one of the last test mail") {
		t.Errorf("a wrong code = %d\n%s", got.Status, text(got.Body))
	}
	if got := w.As("operator").Post(contact+"/test", nil); got.Status != 403 {
		t.Errorf("an operator who keeps no contacts sends a test mail: %d", got.Status)
	}
	rival, err := w.Store.Organization(w.Context(), w.Water)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.SendTestMail(ctx, string(rival.Contacts[0].ID)); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("a test mail to another organisation's contact = %v", err)
	}
	page := w.As("analyst").Get(path)
	for _, want := range []string{"Orders not to scan", "packets", "Signed by", "Preview the next report"} {
		if !page.Has(want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if next := w.As("analyst").Get("/reports/preview?org=" + string(w.Grid)); next.Status != 200 || !strings.Contains(next.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the next report = %d, %s", next.Status, next.Header.Get("Content-Security-Policy"))
	}
	if got := admin.Post(contact+"/remove", nil); got.Status != 303 || !admin.Get(path).Has("nobody gets its reports") {
		t.Errorf("without a contact = %d, and no word of it", got.Status)
	}
}

// text is the part of a page that a failure should show.
func text(body string) string {
	if _, rest, ok := strings.Cut(body, "<main"); ok {
		body = rest
	}
	return body[:min(len(body), 1500)]
}

func TestEditIsRefusedWhenSomebodyWasFaster(t *testing.T) {
	w := consoletest.New(t)
	analyst, path := w.As("analyst"), "/assets/"+string(w.Assets[0].ID)+"/edit"
	form := url.Values{"version": {"1"}, "name": {"mine"}, "site": {""}, "kind": {"it"}, "criticality": {"high"}, "tags": {"a, B"}}
	if got := analyst.Post(path, form); got.Status != 303 {
		t.Fatalf("the first edit: %d\n%s", got.Status, text(got.Body))
	}
	form.Set("name", "theirs")
	got := w.As("administrator").Post(path, form)
	if got.Status != 412 || !got.Has("Saved meanwhile") || !got.Has(`value="theirs"`) || !got.Has(`name="version" value="2"`) {
		t.Errorf("the second edit: %d, want 412, both texts and the new version\n%s", got.Status, text(got.Body))
	}
}

func TestBulkCanBeUndone(t *testing.T) {
	w := consoletest.New(t)
	admin := w.As("operator_admin")
	var own []string
	for _, a := range w.Assets {
		if a.Org == w.Grid {
			own = append(own, string(a.ID))
		}
	}
	got := admin.Post("/assets/change", url.Values{"id": own, "do": {"tag"}, "tag": {"Crown"}, "back": {"/assets?tag=crown"}})
	if got.Status != 303 || got.Location != "/assets?tag=crown" {
		t.Fatalf("bulk = %d to %s\n%s", got.Status, got.Location, text(got.Body))
	}
	if page := admin.Get("/assets?tag=crown"); !page.Has(own[0]) {
		t.Errorf("the tag is not there:\n%s", text(page.Body))
	}
	if got := admin.Post("/asset-undos/U-1", nil); got.Status != 303 {
		t.Fatalf("undo = %d\n%s", got.Status, text(got.Body))
	}
	if page := admin.Get("/assets?tag=crown"); page.Has("/assets/" + own[0] + `"`) {
		t.Error("the tag is still there after the undoing")
	}
	moved := w.As("administrator").Post("/assets/change", url.Values{
		"id": own[:2], "do": {"move"}, "org_id": {string(w.Rail)}, "reason": {"sold"}, "back": {"/assets"},
	})
	if page := w.As("analyst").Get("/assets?org=" + string(w.Rail)); moved.Status != 303 || !page.Has("/assets/"+own[1]) {
		t.Errorf("move = %d, and the new owner has:\n%s", moved.Status, text(page.Body))
	}
	for _, a := range w.Assets {
		if a.Org == w.Water {
			got := admin.Post("/assets/change", url.Values{"id": {string(a.ID)}, "do": {"tag"}, "tag": {"x"}})
			if got.Status != 404 {
				t.Errorf("another organisation's asset = %d, want 404", got.Status)
			}
			break
		}
	}
}

func TestExportIsDisarmed(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	analyst.Post("/assets/"+string(w.Assets[0].ID)+"/edit", url.Values{
		"version": {"1"}, "name": {"=cmd()"}, "kind": {"it"}, "criticality": {"low"},
	})
	got := analyst.Get("/assets/export?format=csv")
	if got.Status != 200 || !got.Has("'=cmd()") || !strings.Contains(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export = %d %s\n%.500s", got.Status, got.Header.Get("Content-Disposition"), got.Body)
	}
	for _, format := range []string{"xlsx", "ndjson"} {
		if got := analyst.Get("/assets/export?format=" + format); got.Status != 200 || got.Body == "" {
			t.Errorf("export as %s = %d", format, got.Status)
		}
	}
}

// Without a script nobody looks the id of an organisation up.
func TestOrganisationsAreTypedByName(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	for text, want := range map[string]string{
		"Capital": string(w.Water), "capital water board": string(w.Water), "Island": string(w.Grid),
		"a": "", "none": "", string(w.Grid): "",
	} {
		page := analyst.Get("/assets?" + url.Values{"org": {text}, "kind": {"ot"}}.Encode())
		if to, _ := url.Parse(page.Location); to.Query().Get("org") != want || want != "" && to.Query().Get("kind") != "ot" {
			t.Errorf("assets of %q: %d to %q, want org %q", text, page.Status, page.Location, want)
		}
	}
	if page := w.As("operator").Get("/assets?org=Capital"); page.Location != "" {
		t.Errorf("an operator is led to %q: who else is registered is not theirs to find out", page.Location)
	}
	page := analyst.Post("/assets", url.Values{"org_id": {"Capital"}, "address": {"192.0.2.77"}, "name": {"Pump house"}, "kind": {"it"}})
	if page.Status != http.StatusSeeOther {
		t.Fatalf("register: %d\n%s", page.Status, page.Body)
	}
	if page := analyst.Get("/assets?org=" + string(w.Water)); !page.Has("192.0.2.77") {
		t.Error("the asset is not the organisation's that was named")
	}
}
