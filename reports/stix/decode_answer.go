package stix

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// answers reads the sightings, notes and opinions whose object is not part of
// a document here: they are about something that we sent.
func (d *decoder) answers(objects []*foreign) []Answer {
	var order []string
	found := map[string]*Answer{}
	for _, o := range objects {
		of, ok := d.answerTo(o)
		if !ok {
			continue
		}
		a := found[of]
		if a == nil {
			a = &Answer{Object: of}
			found[of] = a
			order = append(order, of)
		}
		a.take(o)
	}
	var out []Answer
	for _, of := range order {
		a := *found[of]
		if o := d.now[of]; o != nil { // the sender's own stand-in names nothing of ours
			a.Object = ""
		}
		out = append(out, a)
	}
	return out
}

// answerTo is the id of the object that o says something about, if that is of
// somebody else.
func (d *decoder) answerTo(o *foreign) (string, bool) {
	if d.now[o.ID] != o || o.Revoked || d.held[o.ID] {
		return "", false
	}
	of := ""
	switch o.Type {
	case "sighting":
		of = o.SightingOfRef
	case "note", "opinion":
		if len(o.ObjectRefs) > 0 {
			of = o.ObjectRefs[0]
		}
	}
	if !isID(of, "") {
		return "", false
	}
	target := d.now[of]
	return of, target == nil || target.Type == "vulnerability" && !d.held[of] && d.standsIn(target)
}

// take adds what one object says.
func (a *Answer) take(o *foreign) {
	l := readLabels(o.Labels)
	a.TrackingID = cmp.Or(a.TrackingID, l[labelTracking], csafID(o))
	a.Namespace = cmp.Or(a.Namespace, l[labelNamespace])
	a.Version = cmp.Or(a.Version, l[labelVersion])
	a.At = later(a.At, o.Modified).UTC()
	if created := o.Created.UTC(); !created.IsZero() && (a.Begun.IsZero() || created.Before(a.Begun)) {
		a.Begun = created
	}
	switch o.Type {
	case "sighting":
		a.takeSighting(o)
	case "opinion":
		if i := slices.Index(opinions, o.Opinion); i >= 0 && a.Usefulness == 0 {
			a.Usefulness = i + 1
		}
	case "note":
		if l[labelState] == "" { // a comment, ours or anybody's
			a.Comment = text(strings.TrimSpace(a.Comment + "\n\n" + o.Content))
			return
		}
		a.State = l[labelState]
		for verdict, k := range countLabels {
			if n, err := strconv.Atoi(l[k]); err == nil && n >= 0 && n <= maxCount {
				a.count(verdict, n)
			}
		}
		for s := range strings.SplitSeq(l[labelSector], ", ") {
			if sector, err := inventory.ParseSector(s); err == nil && !slices.Contains(a.Sectors, sector) {
				a.Sectors = append(a.Sectors, sector)
			}
		}
		if n, err := strconv.Atoi(l[labelUseful]); err == nil && n >= 1 && n <= len(opinions) {
			a.Usefulness = n
		}
	}
}

// takeSighting reads a count; a sighting without one is of one.
func (a *Answer) takeSighting(o *foreign) {
	n := 1
	if o.Count != nil {
		n = *o.Count
	}
	if _, said := a.Counts["affected"]; !said && n >= 0 && n <= maxCount {
		a.count("affected", n)
	}
	if o.FirstSeen != nil && (a.First == nil || o.FirstSeen.Before(*a.First)) {
		first := o.FirstSeen.UTC()
		a.First = &first
	}
	if o.LastSeen != nil && (a.Last == nil || o.LastSeen.After(*a.Last)) {
		last := o.LastSeen.UTC()
		a.Last = &last
	}
}

func (a *Answer) count(verdict string, n int) {
	if a.Counts == nil {
		a.Counts = map[string]int{}
	}
	a.Counts[verdict] = n
}
