package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
)

// A FindingSelection is what selects findings: of the list, its count and its
// export, and of the pages' addresses.
type FindingSelection struct {
	ID          []string `query:"id,explode" nullable:"false" maxItems:"500" doc:"Only these. May be given several times."`
	Org         string   `query:"org" maxLength:"100" doc:"Only this organisation's."`
	Asset       string   `query:"asset" maxLength:"100" doc:"Only this asset's."`
	Check       string   `query:"check" maxLength:"200" doc:"Only this check's."`
	Detection   []string `query:"detection,explode" nullable:"false" enum:"open,fixed,back_again" doc:"May be given several times."`
	Severity    []string `query:"severity,explode" nullable:"false" enum:"info,low,medium,high,critical" doc:"May be given several times."`
	Work        []string `query:"work,explode" nullable:"false" enum:"new,triaged,notified,acknowledged,in_progress" doc:"May be given several times."`
	Waiver      string   `query:"waiver" enum:"none,false_positive,accepted_risk,compensating_control,disputed"`
	Exception   string   `query:"exception" enum:"show,hide,only" doc:"What becomes of findings whose waiver is in force."`
	KEV         string   `query:"kev" enum:"yes,no" doc:"Known to be exploited, or not."`
	EPSS        float64  `query:"epss" minimum:"0" maximum:"1" doc:"The least EPSS score."`
	CVSSMin     float64  `query:"cvss_min" minimum:"0" maximum:"10" doc:"The least CVSS base score."`
	Sector      []string `query:"sector,explode" nullable:"false" enum:"energy,banking,telecom,transport,health,government,water,defence,industry,other" doc:"May be given several times."`
	Criticality string   `query:"criticality" enum:"low,medium,high,critical" doc:"Of the organisation."`
	Port        int      `query:"port" minimum:"0" maximum:"65535"`
	Transport   string   `query:"transport" enum:"tcp,udp"`
	Service     string   `query:"service" maxLength:"100" doc:"The name of the service there, such as http."`
	Tag         string   `query:"tag" maxLength:"100" doc:"Of the finding or of its asset."`
	CVE         string   `query:"cve" maxLength:"30"`
	FirstFrom   string   `query:"first_from" maxLength:"40" doc:"First seen at or after this day or moment."`
	FirstUntil  string   `query:"first_until" maxLength:"40" doc:"First seen before this day or moment."`
	AgeMin      int      `query:"age_min" minimum:"0" maximum:"36500" doc:"First seen at least so many days ago."`
	AgeMax      int      `query:"age_max" minimum:"0" maximum:"36500" doc:"First seen at most so many days ago; 0 for any."`
	Due         string   `query:"due" enum:"overdue,week,any,none" doc:"By deadline. What is waived is not overdue."`
	Assignee    string   `query:"assignee" maxLength:"100" doc:"me, none, or a user's name."`
	Source      string   `query:"source" enum:"template,exposure"`
	Change      string   `query:"change" enum:"new,back_again,fixed" doc:"What changed since a day."`
	Since       string   `query:"since" maxLength:"40" doc:"With change: the day or moment; seven days ago when absent."`
	Until       string   `query:"until" maxLength:"40" doc:"With change: before this day or moment."`
	Scan        string   `query:"scan" maxLength:"100" doc:"With change: what this scan changed. Alone: what was present on its addresses once it had looked."`
	Answer      string   `query:"answer" enum:"fixed,working,compensating_control,not_mine,cannot_reproduce,accept_risk" doc:"The operator's last answer."`
	Disputed    string   `query:"disputed" enum:"yes" doc:"Only those of which a dispute waits."`
	WaiverEnds  int      `query:"waiver_ends" minimum:"0" maximum:"3660" doc:"Its waiver ends within so many days; 0 for any."`
	Text        string   `query:"q" maxLength:"200" doc:"An id, a CVE, an address or prefix, or words of the title, asset or host name."`
	Sort        string   `query:"sort" enum:"priority,severity,age,newest,due,last_seen,cvss,epss,waiver" default:"priority" doc:"cvss and epss list the highest first, and those without last. waiver lists those with one, the next to end first."`
}

// findingFilter is what a selection means to the one who asks.
func (s *server) findingFilter(ctx context.Context, in *FindingSelection) (inventory.FindingFilter, error) {
	who, _ := auth.FromContext(ctx)
	f := inventory.FindingFilter{
		IDs: typed[inventory.FindingID](in.ID),
		Org: inventory.OrganizationID(in.Org), Asset: inventory.AssetID(in.Asset), Check: inventory.CheckID(in.Check),
		Detections: typed[inventory.Detection](in.Detection), Severities: typed[inventory.Severity](in.Severity),
		Works: typed[inventory.Work](in.Work), Waiver: inventory.WaiverKind(in.Waiver),
		Exceptions: inventory.Exceptions(in.Exception), KEV: inventory.Presence(in.KEV), EPSS: in.EPSS, CVSS: in.CVSSMin,
		Sectors: typed[inventory.Sector](in.Sector), Criticality: inventory.Criticality(in.Criticality), Port: in.Port, Transport: inventory.Transport(in.Transport),
		Service: in.Service, Tag: in.Tag, CVE: in.CVE, Due: inventory.DueFilter(in.Due), Assignee: in.Assignee,
		Source: in.Source, Change: inventory.ChangeFilter(in.Change), Answer: inventory.Answer(in.Answer),
		Scan: in.Scan, Disputed: in.Disputed != "", Text: in.Text, Sort: inventory.FindingSort(in.Sort),
	}
	var err error
	if f.Org, err = boundTo(ctx, f.Org); err != nil {
		return f, err
	}
	switch {
	case who.Bound():
		f.Assignee = "" // who has it in hand is the CERT's own matter
	case f.Assignee == "me":
		f.Assignee = who.User
	}
	if f.SeenFrom, err = dayOrMoment("first_from", in.FirstFrom); err != nil {
		return f, err
	}
	if f.SeenUntil, err = dayOrMoment("first_until", in.FirstUntil); err != nil {
		return f, err
	}
	if f.Since, err = dayOrMoment("since", in.Since); err != nil {
		return f, err
	}
	if f.Until, err = dayOrMoment("until", in.Until); err != nil {
		return f, err
	}
	now := s.Now().UTC()
	if f.Since.IsZero() {
		f.Since = now.AddDate(0, 0, -7)
	}
	if in.WaiverEnds > 0 {
		f.WaiverEnds = now.AddDate(0, 0, in.WaiverEnds)
	}
	if in.AgeMin > 0 {
		f.SeenUntil = earlier(f.SeenUntil, now.AddDate(0, 0, -in.AgeMin))
	}
	if from := now.AddDate(0, 0, -in.AgeMax); in.AgeMax > 0 && from.After(f.SeenFrom) {
		f.SeenFrom = from
	}
	return f, nil
}

// earlier is the earlier of two times, of which the zero one does not count.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// dayOrMoment reads what a date field or a program gives; "" is the zero time.
func dayOrMoment(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, mistake(field, text, "not a day", "write it like 2027-01-31, or 2027-01-31T00:00:00Z")
}
