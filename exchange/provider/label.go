package provider

import (
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf"
)

// A label is one of CSAF 2.0, in small letters: the name of its folder.
type label string

const (
	white label = "white"
	green label = "green"
	amber label = "amber"
	red   label = "red"
)

func labels() []label { return []label{white, green, amber, red} }

func labelFor(t advisory.TLP) label { return label(csaf.Label(t)) }

func labelOf(folder string) (label, bool) {
	for _, l := range labels() {
		if string(l) == folder {
			return l, true
		}
	}
	return "", false
}

// String writes the label as CSAF does.
func (l label) String() string       { return strings.ToUpper(string(l)) }
func (l label) folder() string       { return string(l) }
func (l label) feedID() string       { return "csaf-feed-tlp-" + string(l) }
func (l label) feedName() string     { return l.feedID() + ".json" }
func (l label) categoryName() string { return "category-" + string(l) + ".json" }

// pathOf is where a publication lies below its label: "2026/adv-3.json".
func pathOf(p exchange.Publication) string {
	return strconv.Itoa(p.InitialReleased.UTC().Year()) + "/" + p.File.Name
}

// stamp writes an instant as the documents do: UTC, whole seconds, Z.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
