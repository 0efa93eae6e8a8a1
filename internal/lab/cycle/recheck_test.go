package cycle

import (
	"net/netip"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/testbrowser"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

const (
	console = "http://localhost:8480" // where an installation on one machine has it
	queue   = "198.51.100.29"         // the lab's ticket queue
	// promised is how soon who presses the button knows.
	promised = time.Minute
)

// TestCheckMyFix is an operator who mends something and asks whether it is
// enough, in a browser: of what stays, of what is gone, and of a host that
// does not answer any more.
func TestCheckMyFix(t *testing.T) {
	testbrowser.Need(t)
	if !alone(t) {
		return
	}
	b := testbrowser.New(t, console)
	in := newInstallation(t, only(t, queue))
	in.up()
	in.register()
	in.await(in.startScan("standard").ID, 3*time.Minute)
	found := map[string]string{}
	var all []wire.Finding
	in.must(&all, "finding", "list")
	for _, f := range all {
		found[f.Check] = "/findings/" + f.ID
	}
	open, exposed := found["cii-redis-open"], found["exposed-redis"]
	if open == "" || exposed == "" {
		t.Fatalf("the queue's findings are %v", found)
	}
	in.enter(b)

	check := func(path, says string) {
		t.Helper()
		b.Open(path)
		b.Screenshot(says + " before")
		begun := time.Now()
		b.Follow(`form[action="` + path + `/rescan"] button`)
		b.Eval("window.stays = true")
		b.WaitWithin(promised-time.Since(begun), `/`+says+`/.test(document.querySelector("#rescan").textContent)`)
		t.Logf("%q after %s", says, time.Since(begun).Round(time.Second))
		if b.Ask("window.stays") != "true" {
			t.Error("the page was loaded again: it does not tell by itself")
		}
		b.Axe()
		b.Screenshot(says)
		b.Open(path) // somebody without scripts loads it again
		b.WaitText("#rescan", says)
	}
	if err := in.lab.Fix(t.Context(), "energy-queue"); err != nil {
		t.Fatal(err)
	}
	check(open, "Not seen this time")
	check(exposed, "Still there")
	in.ageRescans()
	check(open, "Fixed")
	cutOff(t, in.Truth, queue)
	check(exposed, "It could not be tested")
	if text := b.Text("main"); !strings.Contains(text, "did not answer") && !strings.Contains(text, "no answer") {
		t.Errorf("the page does not say that nothing answered: %s", b.Text("#rescan"))
	}
	var after wire.Finding
	in.must(&after, "finding", "show", strings.TrimPrefix(exposed, "/findings/"))
	if after.Detection == "fixed" {
		t.Errorf("the finding of the silent host is %s", after.Detection)
	}
}

// enter signs one of the energy company's people in, who is invited.
func (in *installation) enter(b *testbrowser.Tab) {
	in.t.Helper()
	var link wire.InvitationLink
	in.must(&link, "user", "invite", "--role", "operator", "--org", in.Orgs[lab.Energy])
	at, err := url.Parse(link.URL)
	if err != nil {
		in.t.Fatal(err)
	}
	b.Open(at.Path)
	b.Fill("#name", "nimal")
	b.Fill("#password", "copper lantern ravine tide")
	b.Fill("#again", "copper lantern ravine tide")
	b.Follow("main form button.primary")
	code, err := totp.GenerateCode(b.Ask(`document.querySelector("main").textContent.match(/[A-Z2-7]{32}/)[0]`), time.Now())
	if err != nil {
		in.t.Fatal(err)
	}
	b.Fill("#code", code)
	b.Follow(`form:has(#code) button.primary`)
	b.WaitText("h1", "recovery codes")
}

// ageRescans lets the minutes pass in which nobody may ask again.
func (in *installation) ageRescans() {
	in.t.Helper()
	ask[struct{ Num int64 }](in, "UPDATE finding_rescans SET asked_at = asked_at - interval '1 hour' RETURNING num")
}

// cutOff switches a host off, as the scanner sees it: what is sent to it leads
// to nobody.
func cutOff(t *testing.T, truth lab.Truth, addr string) {
	t.Helper()
	const nobody, hardware, device = "192.0.2.253", "02:00:00:00:02:53", "lab0"
	to := netip.MustParseAddr(addr)
	for _, args := range [][]string{
		{"neigh", "add", nobody, "lladdr", hardware, "dev", device, "nud", "permanent"},
		{"route", "add", netip.PrefixFrom(to, to.BitLen()).String(), "via", nobody, "dev", device, "onlink", "src", truth.Scanner4.String()},
	} {
		if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
