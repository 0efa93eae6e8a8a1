package inbox

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// The rule of an agreement accepts a good signature and nothing else, even if
// whoever checked it forgot to call the rest a problem.
func TestOnlyAGoodSignatureIsAcceptedByRule(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	terms := exchange.Terms{Categories: advisory.Categories(), Ceiling: advisory.Amber, DefaultTLP: advisory.Amber, AutoAccept: true, Channels: []exchange.Channel{exchange.ChannelCSAF}}
	f := Facts{
		Team:      exchange.Team{ID: "TEAM-1", State: exchange.TeamConfirmed, Namespaces: []string{"https://b.example"}},
		Agreement: &exchange.Agreement{ID: "AGR-1", Team: "TEAM-1", State: exchange.AgreementActive, EffectiveAt: at.Add(-time.Hour), ExpiresAt: at.Add(time.Hour), Take: terms},
	}
	for _, signature := range []exchange.SignatureResult{
		exchange.SignatureGood, exchange.SignatureNone, exchange.SignatureBad, exchange.SignatureUnknown, exchange.SignatureExpired, exchange.SignatureOther,
	} {
		r := Reading{
			signature: signature, arrival: Arrival{Team: "TEAM-1", Channel: exchange.ChannelCSAF, At: at, Raw: []byte("{}")},
			Document: exchange.Document{Format: "csaf", TrackingID: "B-1", Namespace: "https://b.example", Version: "1", Category: advisory.Exposure, TLP: advisory.Green, Labelled: true, Released: at},
		}
		got := r.Judge(f).Inbound
		if accepted := got.State == exchange.InboundAccepted; accepted != (signature == exchange.SignatureGood) {
			t.Errorf("signature %s: %s (%s)", signature, got.State, got.Reason)
		}
	}
}
