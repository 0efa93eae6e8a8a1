package inbox

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// codes are the problems of an inbound, fatal ones with "!".
func codes(in exchange.Inbound) string {
	var out []string
	for _, p := range in.Problems {
		if p.Fatal {
			p.Code += "!"
		}
		out = append(out, p.Code)
	}
	return strings.Join(out, " ")
}

func gzipped(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestExamine(t *testing.T) {
	them, third := newPeer(t, "TEAM-1", "cert.example"), newPeer(t, "TEAM-2", "other.example")
	good := them.csaf(t, vulnerable(1, advisory.Amber))
	arrive := func(raw []byte) Arrival { return them.arrival(t, "TEAM-1", raw) }
	known := func(state exchange.InboundState, team exchange.TeamID, raw []byte, version string) exchange.Inbound {
		return exchange.Inbound{
			ID: "IN-1", Team: team, State: state, SHA256: hash(raw), Signature: exchange.SignatureGood,
			Document: exchange.Document{Format: "csaf", TrackingID: "ADV-7", Namespace: "https://cert.example", Version: version},
		}
	}
	expired := them.team
	until := now.AddDate(0, 0, -1)
	expired.Keys = []exchange.Key{{Fingerprint: them.signer.Fingerprint(), Armored: them.signer.PublicKey(), ValidFrom: now.AddDate(0, -1, 0), ValidUntil: &until}}
	agreed := func(change func(*exchange.Agreement)) func(*Facts) {
		return func(f *Facts) {
			a := *f.Agreement
			change(&a)
			f.Agreement = &a
		}
	}
	later := func(d time.Duration) []byte {
		a := vulnerable(1, advisory.Amber)
		a.History[0].At = now.Add(d)
		return them.csaf(t, a)
	}
	for _, tt := range []struct {
		reason  string
		arrival Arrival
		facts   func(*Facts)
		state   exchange.InboundState
		sig     exchange.SignatureResult
		codes   string
		why     string // part of the reason
	}{
		{"signed and in order", arrive(good), nil, exchange.InboundAccepted, exchange.SignatureGood, "", "rule"},
		{"no rule accepts it", arrive(good), agreed(func(a *exchange.Agreement) { a.Take.AutoAccept = false }), exchange.InboundQuarantined, exchange.SignatureGood, "", "no rule"},
		{"not signed", Arrival{Team: "TEAM-1", Channel: exchange.ChannelCSAF, Raw: good, At: now}, nil, exchange.InboundQuarantined, exchange.SignatureNone, "signature-none", "not signed"},
		{"changed after signing", func() Arrival {
			a := arrive(good)
			a.Raw = bytes.Replace(good, []byte("lets scripts out"), []byte("is quite alright"), 1)
			return a
		}(), nil, exchange.InboundRejected, exchange.SignatureBad, "signature-bad!", "altered"},
		{"signed by a stranger", newPeer(t, "TEAM-9", "stranger.example").arrival(t, "TEAM-1", good), nil, exchange.InboundQuarantined, exchange.SignatureUnknown, "signature-unknown", "nobody pinned"},
		{"a good signature by another team", third.arrival(t, "TEAM-1", good), nil, exchange.InboundRejected, exchange.SignatureOther, "signature-other!", "TEAM-2"},
		{"the key's time is over", arrive(good), func(f *Facts) { f.Team = expired }, exchange.InboundQuarantined, exchange.SignatureExpired, "signature-expired", "trusted until"},
		{"signed by the mail around it", func() Arrival {
			a := arrive(good)
			a.Signature, a.Around = nil, &pgp.Result{Status: pgp.Good, Fingerprint: them.signer.Fingerprint()}
			return a
		}(), nil, exchange.InboundAccepted, exchange.SignatureGood, "", "rule"},
		{"another's mail around it", func() Arrival {
			a := arrive(good)
			a.Signature, a.Around = nil, &pgp.Result{Status: pgp.Good, Fingerprint: third.signer.Fingerprint()}
			return a
		}(), nil, exchange.InboundRejected, exchange.SignatureOther, "signature-other!", "TEAM-2"},
		{"above the ceiling", arrive(them.csaf(t, vulnerable(1, advisory.AmberStrict))), nil, exchange.InboundRejected, exchange.SignatureGood, "tlp-ceiling!", "MoU 2022/17 (AGR-1): TLP:AMBER+STRICT is above the ceiling"},
		{"unlabelled", arrive(unlabelled(good)), nil, exchange.InboundAccepted, exchange.SignatureGood, "", "held as TLP:AMBER"},
		{"unlabelled, and the agreed label is above the ceiling", arrive(unlabelled(good)), agreed(func(a *exchange.Agreement) { a.Take.DefaultTLP = advisory.Red }), exchange.InboundRejected, exchange.SignatureGood, "tlp-ceiling!", "above"},
		{"no agreement", arrive(good), func(f *Facts) { f.Agreement = nil }, exchange.InboundQuarantined, exchange.SignatureGood, "agreement", "no agreement"},
		{"nobody confirmed the team", arrive(good), func(f *Facts) { f.Team.State = exchange.TeamExample }, exchange.InboundQuarantined, exchange.SignatureGood, "team", "not confirmed"},
		{"the agreement is over", arrive(good), agreed(func(a *exchange.Agreement) { a.ExpiresAt = now.AddDate(0, 0, -1) }), exchange.InboundQuarantined, exchange.SignatureGood, "agreement-active", "expired"},
		{"suspended", arrive(good), agreed(func(a *exchange.Agreement) { a.State = exchange.AgreementSuspended }), exchange.InboundQuarantined, exchange.SignatureGood, "agreement-active", "suspended"},
		{"a category that they may not send", arrive(good), agreed(func(a *exchange.Agreement) { a.Take.Categories = []advisory.Category{advisory.Statistics} }), exchange.InboundQuarantined, exchange.SignatureGood, "category", "category"},
		{"another team's namespace", them.arrival(t, "TEAM-1", third.csaf(t, vulnerable(1, advisory.Amber))), nil, exchange.InboundRejected, exchange.SignatureGood, "namespace!", "of another team"},
		{"nobody's namespace", arrive(good), func(f *Facts) { f.Team.Namespaces = []string{"https://new.example"} }, exchange.InboundQuarantined, exchange.SignatureGood, "namespace", "not among"},
		{"our own namespace", arrive(good), func(f *Facts) { f.Team.Namespaces, f.Ours = nil, []string{"https://cert.example/"} }, exchange.InboundRejected, exchange.SignatureGood, "namespace!", "is our own"},
		{"the id of another team's document", arrive(good), func(f *Facts) {
			f.Known = []exchange.Inbound{known(exchange.InboundAccepted, "TEAM-2", nil, "1")}
		}, exchange.InboundRejected, exchange.SignatureGood, "tracking-id!", "another team"},
		{"a version before the accepted one", arrive(good), func(f *Facts) {
			f.Known = []exchange.Inbound{known(exchange.InboundAccepted, "TEAM-1", nil, "2")}
		}, exchange.InboundRejected, exchange.SignatureGood, "version-backwards!", "IN-1"},
		{"what nobody accepted holds nothing up", arrive(good), func(f *Facts) {
			f.Known = []exchange.Inbound{known(exchange.InboundQuarantined, "TEAM-1", nil, "2"), known(exchange.InboundRejected, "TEAM-2", nil, "1")}
		}, exchange.InboundAccepted, exchange.SignatureGood, "", "rule"},
		{"something else under the same version", arrive(good), func(f *Facts) {
			f.Known = []exchange.Inbound{known(exchange.InboundSuperseded, "TEAM-1", []byte("{}"), "1")}
		}, exchange.InboundRejected, exchange.SignatureGood, "version-changed!", "something else"},
		{"the same over another channel", arrive(good), func(f *Facts) {
			k := known(exchange.InboundAccepted, "TEAM-1", []byte("{}"), "1")
			k.Document.Format = "stix"
			f.Known = []exchange.Inbound{k}
		}, exchange.InboundDuplicate, exchange.SignatureGood, "", "same revision as IN-1"},
		{"replayed", arrive(good), func(f *Facts) {
			f.Same = []exchange.Inbound{known(exchange.InboundAccepted, "TEAM-1", good, "1")}
		}, exchange.InboundDuplicate, exchange.SignatureGood, "", "same bytes as IN-1"},
		{"after its withdrawal", arrive(them.csaf(t, vulnerable(3, advisory.Amber))), func(f *Facts) {
			k := known(exchange.InboundWithdrawn, "TEAM-1", nil, "2")
			k.Document.Withdrawn = true
			f.Known = []exchange.Inbound{k}
		}, exchange.InboundQuarantined, exchange.SignatureGood, "withdrawn-before", "withdrew"},
		{"a clock a little ahead", arrive(later(30 * time.Minute)), nil, exchange.InboundAccepted, exchange.SignatureGood, "", "30m0s ahead"},
		{"a clock far ahead", arrive(later(48 * time.Hour)), nil, exchange.InboundQuarantined, exchange.SignatureGood, "date", "clock is wrong"},
		{"100 MB", arrive(make([]byte, 100<<20)), nil, exchange.InboundRejected, exchange.SignatureNone, "too-large!", "bytes"},
		{"deep nesting", arrive([]byte(strings.Repeat("[", 1<<20))), nil, exchange.InboundRejected, exchange.SignatureNone, "too-deep!", "nested"},
		{"a gzip bomb", arrive(gzipped(t, 64<<20)), nil, exchange.InboundRejected, exchange.SignatureNone, "compressed!", "gzip"},
		{"a zip bomb", arrive([]byte("PK\x03\x04............")), nil, exchange.InboundRejected, exchange.SignatureNone, "compressed!", "zip"},
		{"nothing", arrive([]byte(" \n")), nil, exchange.InboundRejected, exchange.SignatureNone, "empty!", "empty"},
		{"no JSON", arrive([]byte("<html>")), nil, exchange.InboundRejected, exchange.SignatureGood, "format!", "not JSON"},
		{"JSON of something else", arrive([]byte(`{"a": 1}`)), nil, exchange.InboundRejected, exchange.SignatureGood, "format!", "neither"},
		{"against the schema", arrive(bytes.Replace(good, []byte(`"category": "coordinator"`), []byte(`"category": "friend"`), 1)), nil, exchange.InboundQuarantined, exchange.SignatureGood, "csaf-schema", "category"},
		{"against a mandatory test", arrive(bytes.Replace(good, []byte(`"number": "1"`), []byte(`"number": "2"`), 1)), nil, exchange.InboundQuarantined, exchange.SignatureGood, "csaf 6.1.16 csaf 6.1.21", "waits"},
		{"not what its hash says", func() Arrival {
			a := arrive(good)
			a.Problems = []exchange.Problem{{Code: "hash", What: "it is not what its hash says", Fatal: true}}
			return a
		}(), nil, exchange.InboundRejected, exchange.SignatureNone, "hash!", "hash"},
	} {
		facts := Facts{Team: them.team, Others: []exchange.Team{third.team}, Ours: []string{"https://our.example"}, Agreement: them.agreement()}
		if tt.facts != nil {
			tt.facts(&facts)
		}
		got := examine(tt.arrival, facts).Inbound
		if got.State != tt.state || got.Signature != tt.sig || codes(got) != tt.codes || !strings.Contains(got.Reason, tt.why) {
			t.Errorf("%s: %s, signature %s, problems %q, because %q; want %s, %s, %q, %q", tt.reason, got.State, got.Signature, codes(got), got.Reason, tt.state, tt.sig, tt.codes, tt.why)
		}
		if fatal := slices.ContainsFunc(got.Problems, func(p exchange.Problem) bool { return p.Fatal }); fatal != (got.State == exchange.InboundRejected) {
			t.Errorf("%s: %s with problems %q", tt.reason, got.State, codes(got))
		}
		if got.Reason == "" || got.SHA256 != hash(tt.arrival.Raw) || got.Team != "TEAM-1" {
			t.Errorf("%s: %+v", tt.reason, got)
		}
	}
}

// unlabelled takes the label out of a document.
func unlabelled(raw []byte) []byte {
	begin := bytes.Index(raw, []byte(`"distribution": {`))
	end := begin + bytes.Index(raw[begin:], []byte("\n    },")) + len("\n    },")
	return slices.Concat(raw[:begin], raw[end:])
}

// An agreement's default never makes a label more open than what stands there.
func TestLabelInForce(t *testing.T) {
	them := newPeer(t, "TEAM-1", "cert.example")
	facts := Facts{Team: them.team, Agreement: them.agreement()}
	facts.Agreement.Take.DefaultTLP = advisory.Green
	for _, tt := range []struct {
		reason string
		said   exchange.Document
		want   advisory.TLP
	}{
		{"labelled", exchange.Document{TLP: advisory.Clear, Labelled: true}, advisory.Clear},
		{"not labelled", exchange.Document{}, advisory.Green},
		{"a part says more", exchange.Document{TLP: advisory.Red}, advisory.Red},
		{"a part says less", exchange.Document{TLP: advisory.Clear}, advisory.Green},
		{"unreadable", exchange.Document{TLP: "pink", Labelled: true}, advisory.Green},
	} {
		r := Reading{Document: tt.said}
		if r.label(facts); r.Document.TLP != tt.want {
			t.Errorf("%s: %s, want %s", tt.reason, r.Document.TLP, tt.want)
		}
	}
	r := Reading{}
	if r.label(Facts{}); r.Document.TLP != advisory.Amber {
		t.Errorf("without an agreement: %s, want amber", r.Document.TLP)
	}
}

func FuzzExamine(f *testing.F) {
	f.Add([]byte(`{"document":{"csaf_version":"2.0"}}`))
	f.Add([]byte(`{"objects":[` + stixOf(1, "", "") + `]}`))
	f.Add([]byte(`{"Event":{"info":"x"}}`))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a := Arrival{Team: "TEAM-1", Raw: raw, At: now}
		in := examine(a, Facts{Team: exchange.Team{ID: "TEAM-1"}}).Inbound
		if in.State == exchange.InboundAccepted || in.Reason == "" {
			t.Errorf("%s because %q", in.State, in.Reason)
		}
		for _, part := range Split(a) {
			if len(part.Raw) > 4*MaxBytes {
				t.Errorf("a part has %d bytes", len(part.Raw))
			}
		}
	})
}
