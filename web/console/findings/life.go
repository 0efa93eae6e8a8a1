package findings

import (
	"net/url"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// A Moment is one line of a finding's life. Same sightings in a row are one.
type Moment struct {
	wire.FindingEvent
	What     string    // the kind, as people say it
	Times    int       // how often in a row
	Since    time.Time // the first of them
	Before   string    // the evidence of the sighting before, where it differs
	Tone     string
	Scan     bool
	Path     string // of what the line is about, where that has a page
	DiffPath string
}

// Changed tells whether the line says what something was and is.
func (m Moment) Changed() bool {
	switch m.Kind {
	case "work", "waived", "assigned", "tagged", "answered", "disputed", "decided", "changed", "advised", "mailed":
		return m.From != m.To
	}
	return false
}

// life is a finding's, newest first, with the mails that told of it. What scans
// saw again and again, with nothing between, is one line. said are the kinds as
// people say them.
func life(id string, events []wire.FindingEvent, mails []wire.Notice, said map[string]string) []Moment {
	var out []Moment
	evidence := ""
	for _, e := range events {
		m := Moment{FindingEvent: e, What: said[e.Kind], Times: 1, Since: e.At, Scan: e.Actor == "scan", Tone: tones[e.Kind]}
		if e.EvidenceID != "" {
			if evidence != "" && evidence != e.EvidenceID {
				m.Before = evidence
				m.DiffPath = "/findings/" + url.PathEscape(id) + "/compare?" + url.Values{"a": {evidence}, "b": {e.EvidenceID}}.Encode()
			}
			evidence = e.EvidenceID
		}
		if n := len(out); n > 0 && e.Kind == "verified" && out[n-1].Kind == "verified" && m.Before == "" {
			m.Times, m.Since, m.Before, m.DiffPath = out[n-1].Times+1, out[n-1].Since, out[n-1].Before, out[n-1].DiffPath
			out[n-1] = m
			continue
		}
		out = append(out, m)
	}
	for _, n := range mails {
		out = append(out, mailed(n, said))
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return a.At.Compare(b.At) })
	slices.Reverse(out)
	return out
}

var tones = map[string]string{"opened": "bad", "back_again": "bad", "fixed": "good", "bounced": "bad", "failed": "bad"}

// mailed is the line of a mail.
func mailed(n wire.Notice, said map[string]string) Moment {
	at := n.CreatedAt
	if n.SentAt != nil {
		at = *n.SentAt
	}
	return Moment{
		FindingEvent: wire.FindingEvent{Kind: "mailed", At: at, To: n.State, Actor: n.To, Reason: n.Subject}, What: said["mailed"],
		Times: 1, Since: at, Path: "/mail/" + url.PathEscape(n.ID), Tone: tones[n.State],
	}
}

// kinds are those of events, as people say them.
func kinds(q *shell.Request) map[string]string {
	return map[string]string{
		"opened": q.T("first seen"), "verified": q.T("seen again"), "negative": q.T("not seen"),
		"not_tested": q.T("could not be tested"), "fixed": q.T("fixed"), "back_again": q.T("back again"),
		"changed": q.T("changed"), "work": q.T("work"), "waived": q.T("exception"), "assigned": q.T("assigned"),
		"tagged": q.T("tagged"), "answered": q.T("the operator answered"), "disputed": q.T("disputed"),
		"decided": q.T("the CERT decided"), "noticed": q.T("the operator was told"), "rescan": q.T("asked to look again"),
		"advised": q.T("put into an advisory"), "mailed": q.T("mail"),
	}
}
