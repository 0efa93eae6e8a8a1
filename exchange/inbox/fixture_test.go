package inbox

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// A peer is a CERT with a key.
type peer struct {
	team    exchange.Team
	signer  *pgp.Signer
	private string
	issuer  csaf.Publisher
}

// newPeer makes a peer whose key is pinned since a month ago.
func newPeer(t *testing.T, id exchange.TeamID, domain string) peer {
	t.Helper()
	return newPeerAt(t, id, domain, now)
}

func newPeerAt(t *testing.T, id exchange.TeamID, domain string, at time.Time) peer {
	t.Helper()
	begun := at.AddDate(0, -1, 0)
	private, err := pgp.Generate("CERT "+string(id), "cert@"+domain, "", begun)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := pgp.Load(private, "", func() time.Time { return at.Add(-time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	return peer{
		private: private, signer: signer, issuer: csaf.Publisher{Name: "CERT " + string(id), Namespace: "https://" + domain},
		team: exchange.Team{
			ID: id, Name: "CERT " + string(id), Country: "NP", State: exchange.TeamConfirmed, Namespaces: []string{"https://" + domain + "/"},
			Keys: []exchange.Key{{Fingerprint: signer.Fingerprint(), Armored: signer.PublicKey(), ValidFrom: begun}},
		},
	}
}

func vulnerable(revision int, tlp advisory.TLP) advisory.Advisory {
	a := advisory.Advisory{
		ID: "ADV-7", Revision: revision, State: advisory.Released, Category: advisory.Vulnerability, TLP: tlp,
		Title: "Redis lets scripts out", Summary: "A script can leave its sandbox.", Impact: "Others run programs.", Fix: "Update.",
		Severity: inventory.SeverityHigh, CVEs: []string{"CVE-2022-0543"}, CWEs: []string{"CWE-862"}, References: []string{"https://redis.example/sec"},
		Products: []advisory.Product{{Vendor: "redis", Name: "redis", Range: "vers:generic/>=6.0|<6.2.6", CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*"}},
		Author:   "nima",
	}
	for n := 1; n <= revision; n++ {
		a.History = append(a.History, advisory.Change{Revision: n, At: now.Add(time.Duration(n-10) * time.Hour), By: "nima", Summary: "Version.", Released: true})
	}
	a.CreatedAt, a.UpdatedAt = a.History[0].At, a.History[revision-1].At
	return a
}

func (p peer) csaf(t *testing.T, a advisory.Advisory) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := csaf.Encode(&b, a, p.issuer); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// arrival is a document that this peer signed, from the source of the team.
func (p peer) arrival(t *testing.T, team exchange.TeamID, raw []byte) Arrival {
	t.Helper()
	sig, err := p.signer.Sign(raw)
	if err != nil {
		t.Fatal(err)
	}
	return Arrival{Team: team, Source: "SRC-1", Channel: exchange.ChannelCSAF, Name: "adv-7.json", Raw: raw, Signature: []byte(sig), At: now}
}

func (p peer) agreement() *exchange.Agreement {
	return &exchange.Agreement{
		ID: "AGR-1", Team: p.team.ID, Reference: "MoU 2022/17", State: exchange.AgreementSigned, EffectiveAt: now.AddDate(-1, 0, 0), ExpiresAt: now.AddDate(4, 0, 0),
		Take: exchange.Terms{
			Categories: []advisory.Category{advisory.Vulnerability, advisory.Exposure}, Ceiling: advisory.Amber, DefaultTLP: advisory.Amber, AutoAccept: true,
			Channels: []exchange.Channel{exchange.ChannelCSAF},
		},
	}
}

// stixOf writes a report about a CVE, as a peer might.
func stixOf(n int, label, extra string) string {
	const marked = `"object_marking_refs":["marking-definition--%s"],`
	if label != "" {
		label = fmt.Sprintf(marked, label)
	}
	return fmt.Sprintf(`{"type":"report","spec_version":"2.1","id":"report--00000000-0000-4000-8000-%012d","created_by_ref":"identity--00000000-0000-4000-8000-000000000001",
"created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z",%s"name":"Report %d","published":"2026-11-20T00:00:00Z","report_types":["vulnerability"],%s
"object_refs":["vulnerability--00000000-0000-4000-8000-%012d"]},
{"type":"vulnerability","spec_version":"2.1","id":"vulnerability--00000000-0000-4000-8000-%012d","created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z",
%s"name":"CVE-2022-%04d"}`, n, label, n, extra, n, n, label, 1000+n)
}

// examine reads and judges an arrival of which all facts are known already.
func examine(a Arrival, f Facts) Examined { return Read(a, f).Judge(f) }
