package exchange

import (
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// The rules a second time: long-winded, with no helper of the gate's own, and
// true when they refuse. Whatever one of them refuses, the gate must not
// allow.
var naiveRules = map[string]func(Request) bool{
	"state": func(r Request) bool {
		return r.Original.State != "approved" && r.Original.State != "released" && r.Original.State != "withdrawn"
	},
	"another advisory": func(r Request) bool {
		return r.Original.ID != r.Outgoing.ID || r.Original.Revision != r.Outgoing.Revision || r.Original.Category != r.Outgoing.Category ||
			r.Original.Referral != r.Outgoing.Referral || r.Original.Title != r.Outgoing.Title || r.Original.Fix != r.Outgoing.Fix ||
			r.Original.Impact != r.Outgoing.Impact || len(r.Outgoing.Summary) > len(r.Original.Summary) ||
			strings.Join(r.Original.CVEs, " ") != strings.Join(r.Outgoing.CVEs, " ")
	},
	"label": func(r Request) bool {
		return naiveLevel(r.Original.TLP) == 0 || naiveLevel(r.Outgoing.TLP) < naiveLevel(r.Original.TLP)
	},
	"editor approves": func(r Request) bool {
		for _, e := range r.Original.Editors {
			if naiveName(e) == naiveName(r.Original.Approver) || naiveName(e) == naiveName(r.Legal) && r.Original.Referral && r.Original.State != "withdrawn" {
				return true
			}
		}
		return false
	},
	"author approves": func(r Request) bool {
		a, b := naiveName(r.Original.Author), naiveName(r.Original.Approver)
		if r.Original.State == "withdrawn" && b == "" {
			return a == ""
		}
		return a == "" || b == "" || a == b
	},
	"one person releases": func(r Request) bool {
		a, b := naiveName(r.By), naiveName(r.Approver)
		if r.Preview && b == "" {
			return a == ""
		}
		return a == "" || b == "" || a == b
	},
	"no legal officer": func(r Request) bool {
		if r.Original.State == "withdrawn" {
			return false
		}
		red := r.Original.TLP == "red" || r.Outgoing.TLP == "red"
		for _, o := range r.Original.Origins {
			red = red || o.TLP == "red"
		}
		l := naiveName(r.Legal)
		if !red && r.Original.Category != "incident" && !r.Original.Referral || r.Preview && l == "" {
			return false
		}
		return l == "" || l == naiveName(r.By) || l == naiveName(r.Original.Author)
	},
	"stranger": func(r Request) bool { return r.Team != nil && r.Team.State != "confirmed" },
	"no agreement": func(r Request) bool {
		return r.Team != nil && (r.Agreement == nil || r.Agreement.Team != r.Team.ID || r.Team.ID == "")
	},
	"agreement not in force": func(r Request) bool {
		if r.Team == nil || r.Agreement == nil {
			return false
		}
		signed := r.Agreement.State == "signed" || r.Agreement.State == "active"
		return !signed || r.At.Before(r.Agreement.EffectiveAt) || r.At.Equal(r.Agreement.ExpiresAt) || r.At.After(r.Agreement.ExpiresAt)
	},
	"category": func(r Request) bool {
		if r.Team == nil {
			return r.Original.Category == "incident" || r.Original.Category == "indicators"
		}
		if r.Agreement == nil {
			return true
		}
		for _, c := range r.Agreement.Give.Categories {
			if c == r.Original.Category || r.Original.Category == "" && (c == "exposure" || c == "vulnerability") {
				return false
			}
		}
		return true
	},
	"sector": func(r Request) bool {
		if r.Team == nil || r.Agreement == nil || len(r.Agreement.Give.Sectors) == 0 {
			return false
		}
		agreed := map[inventory.Sector]bool{"": true, "critical infrastructure": true}
		for _, s := range r.Agreement.Give.Sectors {
			agreed[s] = true
		}
		for _, s := range r.Outgoing.Reach.Sectors {
			if !agreed[s] {
				return true
			}
		}
		for _, x := range r.Outgoing.Affected {
			if !agreed[x.Sector] {
				return true
			}
		}
		may := 0
		for _, x := range r.Original.Affected {
			if agreed[x.Sector] {
				may++
				continue
			}
			for _, y := range r.Outgoing.Affected {
				if naiveTold(x.OrgName, y.OrgName) || naiveTold(x.Address, y.Address) || naiveTold(x.Hostname, y.Hostname) || naiveTold(x.Site, y.Site) {
					return true
				}
			}
		}
		return len(r.Outgoing.Affected) > may
	},
	"ceiling": func(r Request) bool {
		if r.Team == nil {
			return r.Outgoing.TLP != "clear" || r.Original.TLP != "clear"
		}
		return r.Agreement == nil || naiveLevel(r.Agreement.Give.Ceiling) == 0 || naiveLevel(r.Outgoing.TLP) > naiveLevel(r.Agreement.Give.Ceiling)
	},
	"channel": func(r Request) bool {
		bad := 0
		for _, c := range r.Channels {
			if naiveForeign(r, c) {
				bad++
			}
		}
		if r.Original.State == "withdrawn" { // what is shut is left out, while one is open
			return bad > 0 && naiveAllShut(r)
		}
		return bad > 0
	},
	"policy": func(r Request) bool {
		if r.Team == nil || r.Agreement == nil {
			return false
		}
		p := r.Agreement.Give.IEP
		if p.TLP == "red" && r.Outgoing.TLP != "red" || p.TLP == "amber" && naiveLevel(r.Outgoing.TLP) < 3 || p.TLP == "green" && r.Outgoing.TLP == "clear" {
			return true
		}
		bad := 0
		for _, c := range r.Channels {
			if naiveReadable(r, c) {
				bad++
			}
		}
		if bad > 0 && (r.Original.State != "withdrawn" || naiveAllShut(r)) {
			return true
		}
		for _, x := range r.Outgoing.Affected {
			if x.Address+x.Hostname+x.Site+x.Evidence != "" && (p.PermittedActions == "none" || p.AffectedParties == "must-not") {
				return true
			}
		}
		return p.Attribution == "must-not" && len(r.Outgoing.Origins) > 0 ||
			!strings.Contains("| may| must| must-not|", "| "+p.Attribution+"|") && p.Attribution != ""
	},
	"originator": func(r Request) bool {
		for _, o := range r.Original.Origins {
			ok := r.Team != nil && o.Team == string(r.Team.ID) && o.Team != ""
			for _, c := range o.Consent {
				ok = ok || c == "*" || r.Team != nil && c == string(r.Team.ID) && c != ""
			}
			if !ok || naiveLevel(o.TLP) == 0 || naiveLevel(o.TLP) > naiveLevel(r.Outgoing.TLP) {
				return true
			}
		}
		for _, o := range r.Outgoing.Origins {
			if r.Team == nil || o.Team != string(r.Team.ID) || len(o.Consent) > 0 {
				return true
			}
		}
		return false
	},
	"no consent": func(r Request) bool {
		may := 0
		for _, x := range r.Original.Affected {
			if x.Consent == "anonymised" || x.Consent == "identified" {
				may++
			}
			if x.Consent == "identified" {
				continue
			}
			for _, y := range r.Outgoing.Affected {
				if naiveTold(x.OrgName, y.OrgName) || naiveTold(x.Address, y.Address) || naiveTold(x.Hostname, y.Hostname) || naiveTold(x.Site, y.Site) ||
					naiveTold(x.Address, y.Evidence) || naiveTold(string(x.Asset), string(y.Asset)) || naiveTold(string(x.Org), string(y.Org)) {
					return true
				}
			}
		}
		return len(r.Outgoing.Affected) > may
	},
	"victims": func(r Request) bool {
		for _, y := range r.Outgoing.Affected {
			for _, x := range r.Original.Affected {
				told := naiveTold(x.OrgName, y.OrgName) || naiveTold(x.Address, y.Address) || naiveTold(x.Hostname, y.Hostname) || naiveTold(x.Site, y.Site)
				if !told {
					continue
				}
				if r.Team == nil || r.Agreement == nil || r.Agreement.Give.Victims != "own" || x.Country == "" || x.Country != r.Team.Country {
					return true
				}
			}
		}
		return false
	},
	"few operators": func(r Request) bool {
		return len(r.Outgoing.Reach.Sectors) > 0 && r.Outgoing.Reach.Organizations < 5
	},
	"texts": func(r Request) bool {
		for _, x := range r.Original.Affected {
			for _, text := range []string{r.Outgoing.Title, r.Outgoing.Summary, r.Outgoing.Fix, r.Outgoing.Impact} {
				if naiveTold(x.OrgName, text) || naiveTold(x.Hostname, text) || naiveTold(x.Address, text) {
					return true
				}
			}
		}
		return false
	},
	"referral": func(r Request) bool {
		if r.Original.Referral != r.Referral {
			return true
		}
		if !r.Referral {
			return false
		}
		if r.Team == nil || r.Agreement == nil || !r.Agreement.Give.ReferralOK {
			return true
		}
		for _, c := range r.Team.Contacts {
			if c.Role == "law_enforcement" && strings.TrimSpace(c.Email) != "" {
				return false
			}
		}
		return true
	},
	"assets for everybody": func(r Request) bool { return r.Team == nil && len(r.Outgoing.Affected) > 0 },
}

// naiveForeign: a channel that was not agreed, or not for this.
func naiveForeign(r Request, c Channel) bool {
	found := false
	if r.Team == nil {
		found = c == "csaf" || c == "taxii" || c == "misp"
	} else if r.Agreement != nil {
		for _, a := range r.Agreement.Give.Channels {
			found = found || a == c
		}
	}
	return !found || r.Referral && c != "mail"
}

// naiveReadable: on the way by this channel others could read what is secret.
func naiveReadable(r Request, c Channel) bool {
	if r.Team == nil || r.Agreement == nil || c != "mail" && c != "bundle" {
		return false
	}
	secret := r.Agreement.Give.IEP.EncryptInTransit == "must" || naiveLevel(r.Outgoing.TLP) >= 3
	keyed := false
	for _, k := range r.Team.Keys {
		ended := k.RevokedAt != nil && !r.At.Before(*k.RevokedAt) || k.ValidUntil != nil && !r.At.Before(*k.ValidUntil)
		keyed = keyed || !ended && !r.At.Before(k.ValidFrom)
	}
	return secret && !keyed
}

// naiveAllShut: none of the channels asked for can be used.
func naiveAllShut(r Request) bool {
	for _, c := range r.Channels {
		if !naiveForeign(r, c) && !naiveReadable(r, c) {
			return false
		}
	}
	return true
}

func naiveLevel(t advisory.TLP) int {
	return map[advisory.TLP]int{"clear": 1, "green": 2, "amber": 3, "amber+strict": 4, "red": 5}[t]
}

func naiveName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func naiveTold(value, text string) bool { return value != "" && strings.Contains(text, value) }
