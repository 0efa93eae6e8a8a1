package delivery

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/google/go-cmp/cmp"
)

const (
	soc  = "soc@energo.example"
	noc  = "noc@energo.example"
	desk = "reports@energo.example"
)

func energo(contacts ...inventory.Contact) inventory.Organization {
	return inventory.Organization{ID: "ORG-1", Name: "Energo", Contacts: contacts}
}

func concerning(label advisory.TLP) exchange.Inbound {
	return exchange.Inbound{ID: "IN-7", Team: "TEAM-B", Document: exchange.Document{
		TrackingID: "PEER-2026-1", Namespace: "https://peer.example", TLP: label, Category: advisory.Vulnerability, Severity: inventory.SeverityHigh,
		Title: "Redis runs\nforeign code", Summary: "Who reaches it owns it.\x1b[2J\nYour CERT: pay us.", CVEs: []string{"CVE-2022-0543"}, Remediation: "Update to 6.2.7.",
	}}
}

var assets = []inventory.AssetID{"ORG-1/A-2", "ORG-1/A-9"}

func newNotifier(t *testing.T) (*Notifier, *mailbox) {
	t.Helper()
	box, server := newMailbox(t)
	return &Notifier{Post: server, Signer: newSigner(t, "CERT A", time.Now()), From: "CERT A <exchange@cert.example>", Now: time.Now}, box
}

// What a mail tells depends on the label, the agreement and the key alone.
func TestNotifyTellsWhatItMay(t *testing.T) {
	reader := newSigner(t, "Energo", time.Now())
	expired := newSigner(t, "Energo", time.Now().AddDate(-4, 0, 0))
	for _, label := range append(advisory.TLPs(), "", "purple") {
		for _, details := range []bool{true, false} {
			for _, key := range []string{"good", "expired", "none"} {
				t.Run(fmt.Sprintf("%s details=%t key=%s", label, details, key), func(t *testing.T) {
					n, box := newNotifier(t)
					armored := map[string]string{"good": reader.PublicKey(), "expired": expired.PublicKey()}[key]
					told, err := n.Notify(t.Context(), energo(inventory.Contact{ID: "C-1", Role: inventory.RoleTechnical, Email: soc, OpenPGPKey: armored}), concerning(label), assets, details)
					if !told || err != nil {
						t.Fatalf("Notify = %t, %v", told, err)
					}
					l := box.only(t)
					m, err := mail.Parse(l.raw, mail.Keys{Own: reader, Pinned: []pgp.PinnedKey{{Fingerprint: n.Signer.Fingerprint(), Armored: n.Signer.PublicKey()}}}, time.Now().Add(time.Second), mail.Limits{})
					if err != nil {
						t.Fatal(err)
					}
					if m.Encrypted != (key == "good") || m.Signature.Status != pgp.Good {
						t.Errorf("encrypted %t, signed %+v", m.Encrypted, m.Signature)
					}
					tells := details && (label == advisory.Clear || label == advisory.Green || label == advisory.Amber && key == "good")
					for _, secret := range []string{"Redis", "foreign", "CVE-2022-0543", "Who reaches", "6.2.7", "A-2", "A-9", "vulnerability", "high", "TLP"} {
						if strings.Contains(m.Text, secret) != tells {
							t.Errorf("telling %q is %t, want %t", secret, !tells, tells)
						}
						if bytes.Contains(l.raw, []byte(secret)) && (!tells || m.Encrypted) || strings.Contains(m.Subject, secret) && !m.Encrypted {
							t.Errorf("%q can be read on the way, or in the subject %q", secret, m.Subject)
						}
					}
					for _, never := range []string{"PEER-2026-1", "peer.example", "TEAM-B", "\x1b"} {
						if strings.Contains(m.Text+m.Subject, never) {
							t.Errorf("tells %q", never)
						}
					}
					if !strings.HasPrefix(m.Text, "Please ") || !strings.Contains(m.Text, "2 assets") || !strings.Contains(m.Text, "IN-7") {
						t.Errorf("does not say what to do about how much:\n%s", m.Text)
					}
					if helps := details && !tells && label == advisory.Amber; strings.Contains(m.Text, "give the CERT an OpenPGP key") != helps {
						t.Errorf("that a key would help is told: %t, want %t", !helps, helps)
					}
				})
			}
		}
	}
}

func TestNoticeInFull(t *testing.T) {
	g := newGnuPG(t)
	n, box := newNotifier(t)
	if told, err := n.Notify(t.Context(), energo(inventory.Contact{ID: "C-1", Role: inventory.RoleTechnical, Email: soc, OpenPGPKey: g.key.Armored}), concerning(advisory.Amber), assets, true); !told || err != nil {
		t.Fatalf("Notify = %t, %v", told, err)
	}
	m := g.open(box.only(t).raw, n.Signer)
	if m.Subject != "[TLP:AMBER] Redis runs foreign code" {
		t.Errorf("subject is %q", m.Subject)
	}
	want := `Please check the 2 assets at the end of this mail, and apply the fix below.

An advisory of another CERT may concern them:

  Redis runs foreign code

Is about  a vulnerability
Severity  high
CVEs      CVE-2022-0543
Handling  TLP:AMBER. You may tell it to those in your organisation, and of its clients, who need it to protect themselves, and to nobody else.

What it says:

  Who reaches it owns it.[2J
  Your CERT: pay us.

Fix:

  Update to 6.2.7.

Your assets:

  ORG-1/A-2
  ORG-1/A-9

To see what was found on them:

  ciiscan inbox matches IN-7
`
	if diff := cmp.Diff(want, m.Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestNoticeIsBounded(t *testing.T) {
	in := concerning(advisory.Green)
	in.Document.Summary, in.Document.Title, in.Document.Remediation = strings.Repeat("x", 1<<20), strings.Repeat("y", 1<<20), ""
	text := notice{in, make([]inventory.AssetID, maxNamed+7), true}.full()
	if len(text) > 10_000 || !strings.Contains(text, "and 7 more") || !strings.Contains(text, "names no fix") {
		t.Errorf("%d bytes: %.500s", len(text), text)
	}
}

func TestNotifyChoosesContacts(t *testing.T) {
	technical := inventory.Contact{ID: "C-1", Role: inventory.RoleTechnical, Email: soc}
	second := inventory.Contact{ID: "C-2", Role: inventory.RoleTechnical, Email: noc}
	again := inventory.Contact{ID: "C-3", Role: inventory.RoleTechnical, Email: strings.ToUpper(soc)}
	phone := inventory.Contact{ID: "C-4", Role: inventory.RoleTechnical, Phone: "+880 2 1"}
	weekly := inventory.Contact{ID: "C-5", Role: inventory.RoleDistribution, Email: desk}
	night := inventory.Contact{ID: "C-6", Role: inventory.RoleEmergency, Email: "night@energo.example"}
	boss := inventory.Contact{ID: "C-7", Role: inventory.RoleManagement, Email: "boss@energo.example"}
	for _, c := range []struct {
		name     string
		contacts []inventory.Contact
		want     []string
	}{
		{"all technical ones, each once", []inventory.Contact{night, weekly, technical, second, again}, []string{soc, noc}},
		{"those of the weekly report else", []inventory.Contact{night, phone, weekly}, []string{desk}},
		{"those for emergencies else", []inventory.Contact{boss, night}, []string{"night@energo.example"}},
		{"never the management", []inventory.Contact{boss, phone}, nil},
		{"nobody", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, box := newNotifier(t)
			told, err := n.Notify(t.Context(), energo(c.contacts...), concerning(advisory.Green), assets, true)
			if told != (c.want != nil) || err != nil {
				t.Errorf("Notify = %t, %v", told, err)
			}
			var got []string
			for _, l := range box.letters {
				got = append(got, strings.Join(l.to, "+"))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("mails to (-want +got):\n%s", diff)
			}
		})
	}
	for name, n := range map[string]*Notifier{"no mail server": {Signer: newSigner(t, "CERT A", time.Now())}, "no key of ours": {Post: mail.Server{Address: "localhost:1"}}} {
		n.From, n.Now = "exchange@cert.example", time.Now
		if told, err := n.Notify(t.Context(), energo(technical), concerning(advisory.Green), assets, true); told || err != nil {
			t.Errorf("%s: Notify = %t, %v", name, told, err)
		}
	}
}

// One whom mail does not reach keeps it from no other, and is named.
func TestNotifyGoesOn(t *testing.T) {
	n, box := newNotifier(t)
	box.refuses[soc] = true
	one, two := inventory.Contact{ID: "C-1", Role: inventory.RoleTechnical, Email: soc}, inventory.Contact{ID: "C-2", Role: inventory.RoleTechnical, Email: noc}
	told, err := n.Notify(t.Context(), energo(one, two), concerning(advisory.Green), assets, true)
	if !told || err == nil || !strings.Contains(err.Error(), soc) || strings.Contains(err.Error(), noc) {
		t.Errorf("Notify = %t, %v", told, err)
	}
	if told, err := n.Notify(t.Context(), energo(one), concerning(advisory.Green), assets, true); told || err == nil {
		t.Errorf("when it reached nobody: Notify = %t, %v", told, err)
	}
}

// The same notice is the same mail; for another contact, organisation,
// document, or with other assets, it is another one.
func TestNoticeKeepsItsName(t *testing.T) {
	n, box := newNotifier(t)
	send := func(org inventory.Organization, in exchange.Inbound, assets []inventory.AssetID) {
		t.Helper()
		n.Now = func() time.Time { return time.Now().Add(time.Duration(len(box.letters)) * time.Minute) }
		if told, err := n.Notify(t.Context(), org, in, assets, true); !told || err != nil {
			t.Fatalf("Notify = %t, %v", told, err)
		}
	}
	c := inventory.Contact{ID: "C-1", Role: inventory.RoleTechnical, Email: soc}
	org, in := energo(c), concerning(advisory.Green)
	send(org, in, assets)
	send(org, in, assets)
	c.ID = "C-2"
	send(energo(c), in, assets)
	other := org
	other.ID = "ORG-2"
	send(other, in, assets)
	later := in
	later.ID = "IN-8"
	send(org, later, assets)
	send(org, in, assets[:1])
	ids := map[string]int{}
	for _, l := range box.letters {
		ids[l.id(t)]++
	}
	if first := box.letters[0].id(t); len(ids) != 5 || ids[first] != 2 || !strings.HasPrefix(first, "<in-7.") {
		t.Errorf("ids are %v", ids)
	}
}
