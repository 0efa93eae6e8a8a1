package exchange

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

var (
	now   = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	key32 = []byte("0123456789abcdef0123456789abcdef")
)

// peer is a confirmed team with everything that a gate asks for.
func peer() *Team {
	return &Team{
		ID: "TEAM-3", Name: "npCERT", Country: "NP", State: TeamConfirmed,
		Contacts: []Contact{{Role: LawEnforcement, Name: "Desk", Email: "le@cert.example"}, {Role: PointOfContact, Email: "soc@cert.example"}},
		Keys:     []Key{{Fingerprint: strings.Repeat("AB", 20), ValidFrom: now.AddDate(-1, 0, 0)}},
	}
}

func pact() *Agreement {
	return &Agreement{
		ID: "AGR-1", Team: "TEAM-3", Reference: "MoU 2022/17", State: AgreementSigned,
		EffectiveAt: now.AddDate(-1, 0, 0), ExpiresAt: now.AddDate(4, 0, 0),
		Give: Terms{
			Categories: []advisory.Category{advisory.Vulnerability, advisory.Exposure, advisory.Incident, advisory.Indicators},
			Ceiling:    advisory.Red, Victims: VictimsOwn, ReferralOK: true,
			Channels: []Channel{ChannelCSAF, ChannelTAXII, ChannelMail},
		},
	}
}

func row(n int, consent inventory.Consent, country string) advisory.Affected {
	d := string(rune('0' + n))
	return advisory.Affected{
		Asset: inventory.AssetID("A-10" + d), Org: inventory.OrganizationID("ORG-" + d), OrgName: "Himal Zephyr" + d + " Utility",
		Sector: inventory.SectorEnergy, Country: country, Address: "192.0.2.1" + d, Port: "6379/tcp",
		Hostname: "scada.zephyr" + d + ".com.np", Site: "Quorra" + d + " Yard", Evidence: "redis_version:6.0.9\nhost 192.0.2.1" + d, Consent: consent,
	}
}

// approved is an advisory that may go out, about three assets: one that may be
// named, one anonymised and one that may not be told of.
func approved() advisory.Advisory {
	at := now.AddDate(0, 0, -1)
	return advisory.Advisory{
		ID: "ADV-3", Revision: 1, State: advisory.Approved, Category: advisory.Exposure, TLP: advisory.Amber,
		Title: "Redis store can be reached", Summary: "Redis answers without a password.", Impact: "Data can be read.", Fix: "Set a password.",
		Severity: inventory.SeverityHigh, Author: "anu", Approver: "bimal", ApprovedAt: &at,
		Reach:    advisory.Reach{Organizations: 3, Assets: 3, Sectors: []inventory.Sector{}},
		Affected: []advisory.Affected{row(1, inventory.ConsentIdentified, "NP"), row(2, inventory.ConsentAnonymised, "NP"), row(3, inventory.ConsentNone, "NP")},
		History:  []advisory.Change{{Revision: 1, At: at, By: "anu", Summary: "First version."}},
	}
}

// request is allowed; each case changes what it is about.
func request() Request {
	r := Request{
		Original: approved(), Team: peer(), Agreement: pact(), Profile: openProfile(),
		By: "chandra", Approver: "dipa", Legal: "esha", At: now,
	}
	return redacted(r)
}

func openProfile() Profile {
	return Profile{Organization: Keep, Address: Keep, Hostname: Keep, Site: Keep, Sector: Keep, Evidence: Keep}
}

func redacted(r Request) Request {
	r.Outgoing, _ = Redact(r.Original, r.Profile, r.Team, key32)
	return r
}

// public is a request for everybody that is allowed.
func public() Request {
	r := request()
	r.Team, r.Agreement = nil, nil
	r.Original.TLP = advisory.Clear
	return redacted(r)
}

// on makes a case from request, changing the original before it is redacted.
func on(change func(*Request)) Request {
	r := request()
	change(&r)
	return redacted(r)
}

// after makes one by changing what redaction left.
func after(change func(*Request)) Request {
	r := request()
	change(&r)
	return r
}

func openly(change func(*Request)) Request {
	r := public()
	change(&r)
	return redacted(r)
}

type gateCase struct {
	name string
	r    Request
	rule string
	says string // part of the clause
}

func gateCases() []gateCase {
	return slices.Concat(gateCasesOfAdvisory(), gateCasesOfAgreement(), gateCasesOfConsent(), gateCasesOfReferral(), gateCasesOfPublic(), gateCasesOfLater())
}

func gateCasesOfAdvisory() []gateCase {
	return []gateCase{
		{"all in order", request(), "", "agreement MoU 2022/17 (AGR-1): matter of category exposure"},
		{"a draft", on(func(r *Request) { r.Original.State = advisory.Draft }), "advisory-state", "advisory ADV-3 revision 1: it is draft"},
		{"in review", on(func(r *Request) { r.Original.State = advisory.InReview }), "advisory-state", "in review"},
		{"replaced by a later revision", on(func(r *Request) { r.Original.State = advisory.Updated }), "advisory-state", "updated"},
		{"no state", on(func(r *Request) { r.Original.State = "" }), "advisory-state", "no state"},
		{"released before, to others", on(func(r *Request) { r.Original.State = advisory.Released }), "", ""},
		{"a withdrawal needs no approver of its own", on(func(r *Request) { r.Original.State, r.Original.Approver = advisory.Withdrawn, "" }), "", ""},
		{"another title", after(func(r *Request) { r.Outgoing.Title = "Other" }), "advisory-same", "another title"},
		{"another summary", after(func(r *Request) { r.Outgoing.Summary += " More." }), "advisory-same", "another summary"},
		{"another revision", after(func(r *Request) { r.Outgoing.Revision = 2 }), "advisory-same", "another revision"},
		{"another category", after(func(r *Request) { r.Outgoing.Category = advisory.Vulnerability }), "advisory-same", "another category"},
		{"a CVE more", after(func(r *Request) { r.Outgoing.CVEs = []string{"CVE-2022-0543"} }), "advisory-same", "another CVEs"},
		{"a count more", after(func(r *Request) { r.Outgoing.Reach.Assets++ }), "advisory-same", "another counts"},
		{"a sector out of nothing", after(func(r *Request) { r.Outgoing.Reach.Sectors = []inventory.Sector{inventory.SectorWater} }), "advisory-same", "another sectors"},
		{"the mark of a referral gone", after(func(r *Request) { r.Original.Referral, r.Referral = true, true }), "advisory-same", "referral mark"},
		{"not told that it is withdrawn", after(func(r *Request) { r.Original.State = advisory.Withdrawn }), "advisory-same", "another state"},
		{"no label", on(func(r *Request) { r.Original.TLP = "" }), "advisory-label", "no Traffic Light Protocol label"},
		{"an unknown label", on(func(r *Request) { r.Original.TLP = "white" }), "advisory-label", "no Traffic Light Protocol label"},
		{"the outgoing label is lost", after(func(r *Request) { r.Outgoing.TLP = "" }), "advisory-label", "what would leave has no"},
		{"the outgoing label is more open", after(func(r *Request) { r.Outgoing.TLP = advisory.Green }), "advisory-label", "TLP:AMBER, and would leave as TLP:GREEN"},
		{"nobody approved it", on(func(r *Request) { r.Original.Approver = " " }), "advisory-four-eyes", "nobody approved it"},
		{"no author", on(func(r *Request) { r.Original.Author = "" }), "advisory-four-eyes", "no author"},
		{"the author approved it", on(func(r *Request) { r.Original.Approver = " ANU" }), "advisory-four-eyes", "wrote and approved it"},
		{"the author withdrew and approved", on(func(r *Request) { r.Original.State, r.Original.Approver = advisory.Withdrawn, "anu" }), "advisory-four-eyes", "wrote and approved"},
		{"an editor approved it", on(func(r *Request) { r.Original.Editors = []string{"Bimal"} }), "advisory-four-eyes", "bimal wrote and approved it"},
		{"an editor is the legal officer", on(func(r *Request) { r.Original.TLP, r.Original.Editors = advisory.Red, []string{"esha"} }), "legal-officer", "the author"},
		{"nobody asked", on(func(r *Request) { r.By = "" }), "release-four-eyes", "nobody asked"},
		{"nobody agreed", on(func(r *Request) { r.Approver = "" }), "release-four-eyes", "second person"},
		{"who asks agrees", on(func(r *Request) { r.Approver = "Chandra " }), "release-four-eyes", "another person has to approve"},
		{"a preview waits for the second person", on(func(r *Request) { r.Approver, r.Preview = "", true }), "", ""},
		{"a preview by one person twice", on(func(r *Request) { r.Approver, r.Preview = "chandra", true }), "release-four-eyes", "another person"},
		{"red without the legal officer", on(func(r *Request) { r.Original.TLP, r.Legal = advisory.Red, "" }), "legal-officer", "has to agree"},
		{"an incident without the legal officer", on(func(r *Request) { r.Original.Category, r.Legal = advisory.Incident, " " }), "legal-officer", "has to agree"},
		{"red by its origin without the legal officer", on(func(r *Request) {
			r.Legal = ""
			r.Original.Origins = []advisory.Origin{{Team: "TEAM-3", Document: "X/1", TLP: advisory.Red}}
		}), "legal-officer", "has to agree"},
		{"the legal officer asks", on(func(r *Request) { r.Original.TLP, r.Legal = advisory.Red, "chandra" }), "legal-officer", "who asks"},
		{"the legal officer wrote it", on(func(r *Request) { r.Original.TLP, r.Legal = advisory.Red, "anu" }), "legal-officer", "the author"},
		{"a preview waits for the legal officer", on(func(r *Request) { r.Original.TLP, r.Legal, r.Preview = advisory.Red, "", true }), "", ""},
		{"amber needs no legal officer", on(func(r *Request) { r.Legal = "" }), "", ""},
	}
}

func gateCasesOfAgreement() []gateCase {
	give := func(change func(*Terms)) Request { return on(func(r *Request) { change(&r.Agreement.Give) }) }
	return []gateCase{
		{"an example", on(func(r *Request) { r.Team.State = TeamExample }), "team-confirmed", "team npCERT (TEAM-3): it is an example"},
		{"a former peer", on(func(r *Request) { r.Team.State = TeamFormer }), "team-confirmed", "no longer"},
		{"a team in no state", on(func(r *Request) { r.Team.State = "" }), "team-confirmed", "not confirmed"},
		{"no agreement", on(func(r *Request) { r.Agreement = nil }), "agreement-exists", "no agreement"},
		{"another team's agreement", on(func(r *Request) { r.Agreement.Team = "TEAM-4" }), "agreement-team", "it is with TEAM-4"},
		{"a nameless team and agreement", on(func(r *Request) { r.Team.ID, r.Agreement.Team = "", "" }), "agreement-team", ""},
		{"a draft agreement", on(func(r *Request) { r.Agreement.State = AgreementDraft }), "agreement-active", "agreement MoU 2022/17 (AGR-1): it is a draft"},
		{"not in effect yet", on(func(r *Request) { r.Agreement.EffectiveAt = now.Add(time.Second) }), "agreement-active", "in effect only from 2026-11-22T10:00:01Z"},
		{"in effect this second", on(func(r *Request) { r.Agreement.EffectiveAt = now }), "", ""},
		{"expired this second", on(func(r *Request) { r.Agreement.ExpiresAt = now }), "agreement-active", "expired at 2026-11-22T10:00:00Z"},
		{"a second before it expires", on(func(r *Request) { r.Agreement.ExpiresAt = now.Add(time.Second) }), "", ""},
		{"suspended", on(func(r *Request) { r.Agreement.State, r.Agreement.EndedWhy = AgreementSuspended, "audit" }), "agreement-active", "suspended (audit)"},
		{"terminated", on(func(r *Request) { r.Agreement.State = AgreementTerminated }), "agreement-active", "terminated"},
		{"an unknown state", on(func(r *Request) { r.Agreement.State = "odd" }), "agreement-active", `unknown state "odd"`},
		{"a category that is not agreed", on(func(r *Request) { r.Original.Category = advisory.Statistics }), "category", `"statistics" is not among`},
		{"no category, and not the one that it must be", on(func(r *Request) {
			r.Original.Category, r.Agreement.Give.Categories = "", []advisory.Category{advisory.Statistics}
		}), "category", "is not among"},
		{"no category agreed", give(func(t *Terms) { t.Categories = nil }), "category", "none"},
		{"a sector that is not agreed", give(func(t *Terms) { t.Sectors = []inventory.Sector{inventory.SectorWater} }), "sector", `"energy" is not among those agreed: water`},
		{"an agreed sector", give(func(t *Terms) { t.Sectors = []inventory.Sector{inventory.SectorEnergy} }), "", ""},
		{"a sector hidden by redaction alone", on(func(r *Request) {
			r.Agreement.Give.Sectors, r.Profile = []inventory.Sector{inventory.SectorWater}, Profile{}
		}), "sector", "none of the sectors agreed"},
		{"above the ceiling", give(func(t *Terms) { t.Ceiling = advisory.Green }), "tlp-ceiling", "TLP:AMBER is above the ceiling of what we may give, TLP:GREEN"},
		{"at the ceiling", give(func(t *Terms) { t.Ceiling = advisory.Amber }), "", ""},
		{"strict above plain amber", on(func(r *Request) {
			r.Original.TLP, r.Agreement.Give.Ceiling = advisory.AmberStrict, advisory.Amber
		}), "tlp-ceiling", "TLP:AMBER+STRICT is above"},
		{"raised above the ceiling by its origin", on(func(r *Request) {
			r.Agreement.Give.Ceiling = advisory.Amber
			r.Original.Origins = []advisory.Origin{{Team: "TEAM-3", Document: "X/1", TLP: advisory.AmberStrict}}
		}), "tlp-ceiling", "above the ceiling"},
		{"no ceiling", give(func(t *Terms) { t.Ceiling = "" }), "tlp-ceiling", "says not up to which label"},
		{"a channel that is not agreed", on(func(r *Request) { r.Channels = []Channel{ChannelBundle} }), "channel", `"bundle" is not among`},
		{"an agreed channel", on(func(r *Request) { r.Channels = []Channel{ChannelMail} }), "", ""},
		{"no channel agreed", give(func(t *Terms) { t.Channels = nil }), "channel", "no channel is agreed"},
		{"a policy of unknown words", give(func(t *Terms) { t.IEP.Attribution = "perhaps" }), "iep-words", "attribution"},
		{"a policy with an old label", give(func(t *Terms) { t.IEP.TLP = "clear" }), "iep-words", "tlp"},
		{"more open than the policy's label", give(func(t *Terms) { t.IEP.TLP = "red" }), "iep-tlp", "TLP:RED or stricter"},
		{"the policy's label is kept", give(func(t *Terms) { t.IEP.TLP = "amber" }), "", ""},
		{"mail without a key", on(func(r *Request) { r.Team.Keys, r.Channels = nil, []Channel{ChannelMail} }), "iep-encryption", "no key of npCERT"},
		{"mail with a key that ended", on(func(r *Request) {
			r.Team.Keys[0].ValidUntil, r.Channels = &now, []Channel{ChannelMail}
		}), "iep-encryption", "no key"},
		{"only mail agreed, and no key", on(func(r *Request) {
			r.Team.Keys, r.Agreement.Give.Channels = nil, []Channel{ChannelMail}
		}), "iep-encryption", "no key"},
		{"a withdrawal by what is left", on(func(r *Request) {
			r.Original.State, r.Team.Keys, r.Channels = advisory.Withdrawn, nil, []Channel{ChannelMail, ChannelCSAF, ChannelBundle}
		}), "", "not by mail, bundle, which cannot be used now"},
		{"a withdrawal by nothing that is left", on(func(r *Request) {
			r.Original.State, r.Team.Keys, r.Channels = advisory.Withdrawn, nil, []Channel{ChannelMail}
		}), "iep-encryption", "no key of npCERT (TEAM-3); none of its channels can be used: trust a valid key"},
		{"a withdrawal by what is not agreed any more", on(func(r *Request) {
			r.Original.State, r.Channels = advisory.Withdrawn, []Channel{ChannelBundle}
		}), "channel", "or ask again by another channel"},
		{"feeds need no key", on(func(r *Request) { r.Team.Keys = nil }), "", ""},
		{"green by plain mail, when the policy allows", on(func(r *Request) {
			r.Original.TLP, r.Team.Keys, r.Channels = advisory.Green, nil, []Channel{ChannelMail}
		}), "", ""},
		{"green by plain mail, when the policy forbids", on(func(r *Request) {
			r.Original.TLP, r.Team.Keys, r.Channels = advisory.Green, nil, []Channel{ChannelMail}
			r.Agreement.Give.IEP.EncryptInTransit = "must"
		}), "iep-encryption", "no key"},
		{"victims named, and no action permitted", give(func(t *Terms) { t.IEP.PermittedActions = "none" }), "iep-actions", "permits no action"},
		{"victims named, and they must not be told", give(func(t *Terms) { t.IEP.AffectedParties = "must-not" }), "iep-notifications", "forbids to tell"},
		{"no action permitted, and nobody named", on(func(r *Request) {
			r.Agreement.Give.IEP.PermittedActions, r.Profile = "none", Profile{}
		}), "", ""},
		{"attribution forbidden, and an origin named", on(func(r *Request) {
			r.Agreement.Give.IEP.Attribution = "must-not"
			r.Original.Origins = []advisory.Origin{{Team: "TEAM-3", Document: "X/1", TLP: advisory.Green}}
		}), "iep-attribution", "an origin is named"},
	}
}

func gateCasesOfConsent() []gateCase {
	from := func(team string, tlp advisory.TLP, consent ...string) func(*Request) {
		return func(r *Request) {
			r.Original.Origins = []advisory.Origin{{Team: team, Document: "https://x.example/1 2", TLP: tlp, Consent: consent}}
		}
	}
	abroad := func(country string) Request {
		return after(func(r *Request) {
			r.Original.Affected[0].Country = country
			r.Outgoing.Affected[0].Country, r.Outgoing.Affected[0].Sector = country, ""
		})
	}
	return []gateCase{
		{"a victim's sector abroad", after(func(r *Request) { r.Original.Affected[0].Country, r.Outgoing.Affected[0].Country = "LK", "LK" }), "operator-consent", "row 1"},
		{"a peer's without its consent", on(from("TEAM-9", advisory.Green)), "origin-consent", "TEAM-9, who did not agree"},
		{"a peer's with consent for another", on(from("TEAM-9", advisory.Green, "TEAM-8")), "origin-consent", "did not agree"},
		{"a peer's with consent for this team", on(from("TEAM-9", advisory.Green, "TEAM-3")), "", ""},
		{"a peer's with consent for all", on(from("TEAM-9", advisory.Green, "*")), "", ""},
		{"back to whom it came from", on(from("TEAM-3", advisory.Amber)), "", ""},
		{"its label is inherited", on(from("TEAM-3", advisory.Red)), "", ""},
		{"its label is lost", after(from("TEAM-3", advisory.Red)), "origin-tlp", "which is TLP:RED, and would leave as TLP:AMBER"},
		{"its label is lost by one", after(from("TEAM-3", advisory.AmberStrict)), "origin-tlp", "which is TLP:AMBER+STRICT, and would leave as TLP:AMBER"},
		{"its label cannot be read", on(from("TEAM-3", "purple")), "origin-tlp", "cannot be read"},
		{"it names another peer", after(func(r *Request) {
			r.Outgoing.Origins = []advisory.Origin{{Team: "TEAM-9", TLP: advisory.Green}}
		}), "origin-named", "another peer"},
		{"it names whom it may go to", after(func(r *Request) {
			r.Outgoing.Origins = []advisory.Origin{{Team: "TEAM-3", TLP: advisory.Green, Consent: []string{"TEAM-5"}}}
		}), "origin-named", "names others"},

		{"an asset without consent", after(func(r *Request) {
			r.Outgoing.Affected = append(r.Outgoing.Affected, advisory.Affected{Consent: inventory.ConsentAnonymised, Port: "6379/tcp"})
		}), "operator-consent", "row 3"},
		{"no word of the operator", on(func(r *Request) { r.Original.Affected[2].Consent = "" }), "", ""},
		{"an anonymised asset with its address", after(func(r *Request) { r.Outgoing.Affected[1].Address = "192.0.2.12" }), "operator-consent", "row 2"},
		{"an anonymised asset with its network", after(func(r *Request) { r.Outgoing.Affected[1].Address = "192.0.2.0/24" }), "operator-consent", "row 2"},
		{"an anonymised asset with its site", after(func(r *Request) { r.Outgoing.Affected[1].Site = "Quorra2 Yard" }), "operator-consent", "row 2"},
		{"an anonymised asset with its name", after(func(r *Request) { r.Outgoing.Affected[1].OrgName = "Himal Zephyr2 Utility" }), "operator-consent", "row 2"},
		{"an anonymised asset with evidence", after(func(r *Request) { r.Outgoing.Affected[1].Evidence = "x" }), "operator-consent", "row 2"},
		{"an anonymised asset with the only sector of its kind", after(func(r *Request) { r.Outgoing.Affected[1].Sector = inventory.SectorEnergy }), "operator-consent", "row 2"},
		{"an anonymised asset with our own ids", after(func(r *Request) { r.Outgoing.Affected[1].Asset = "A-102" }), "operator-consent", "row 2"},
		{"the same asset twice", after(func(r *Request) {
			r.Outgoing.Affected = []advisory.Affected{r.Outgoing.Affected[0], r.Outgoing.Affected[0]}
		}), "operator-consent", "row 2"},
		{"redacted by nobody", after(func(r *Request) { r.Outgoing.Affected = r.Original.Affected }), "operator-consent", "row 1"},
		{"an address of nobody", after(func(r *Request) { r.Outgoing.Affected[0].Address = "192.0.2.77" }), "operator-consent", "row 1"},
		{"a coarser address", on(func(r *Request) { r.Profile.Address = Coarsen }), "", ""},
		{"victims never named", on(func(r *Request) { r.Agreement.Give.Victims = VictimsNever }), "victim-identifiers", "victims are never named"},
		{"nothing agreed about victims", on(func(r *Request) { r.Agreement.Give.Victims = "" }), "victim-identifiers", "never named"},
		{"victims never named, and none are", on(func(r *Request) {
			r.Agreement.Give.Victims, r.Profile = VictimsNever, Profile{Organization: Coarsen}
		}), "", ""},
		{"a victim of another country", abroad("LK"), "victim-identifiers", "outside npCERT (TEAM-3)'s own country"},
		{"a victim of no country", abroad(""), "victim-identifiers", "own country"},
		{"a team of no country", after(func(r *Request) { r.Team.Country, r.Outgoing.Affected[0].Sector = "", "" }), "victim-identifiers", "own country"},
		{"sectors of three operators", after(func(r *Request) {
			r.Original.Reach.Sectors = []inventory.Sector{inventory.SectorEnergy}
			r.Outgoing.Reach.Sectors = []inventory.Sector{inventory.SectorEnergy}
		}), "few-operators", "fewer than 5"},
		{"sectors of five operators", on(func(r *Request) {
			r.Original.Reach = advisory.Reach{Organizations: 5, Assets: 5, Sectors: []inventory.Sector{inventory.SectorEnergy}}
		}), "", ""},
		{"the summary names the victim", on(func(r *Request) { r.Original.Summary += " Seen at Himal Zephyr1 Utility." }), "texts", "its summary tells who"},
		{"the fix has an address", on(func(r *Request) { r.Original.Fix = "Close 192 .0.2.13 or 192[.]0[.]2[.]13." }), "texts", "its fix tells"},
		{"a reference has the host", on(func(r *Request) { r.Original.References = []string{"https://scada.zephyr3.com.np/x"} }), "texts", "its references tells"},
		{"the history has the site", on(func(r *Request) { r.Original.History[0].Summary = "After the visit to Quorra3 Yard." }), "texts", "its history tells"},
	}
}

func gateCasesOfReferral() []gateCase {
	referral := func(change func(*Request)) Request {
		return on(func(r *Request) {
			r.Original.Referral, r.Referral = true, true
			change(r)
		})
	}
	return []gateCase{
		{"a referral", referral(func(*Request) {}), "", "as a referral"},
		{"a referral to the team at large", referral(func(r *Request) { r.Referral = false }), "referral-only", "law-enforcement contact alone"},
		{"a referral of what is none", on(func(r *Request) { r.Referral = true }), "referral-marked", "not marked"},
		{"a referral without the legal officer", referral(func(r *Request) { r.Legal = "" }), "legal-officer", "is a referral"},
		{"a referral that is not agreed", referral(func(r *Request) { r.Agreement.Give.ReferralOK = false }), "referral-terms", "agreement MoU 2022/17 (AGR-1): it says nothing of referrals"},
		{"a referral to nobody", referral(func(r *Request) { r.Team.Contacts = r.Team.Contacts[1:] }), "referral-contact", "no law-enforcement contact"},
		{"a referral to a telephone", referral(func(r *Request) { r.Team.Contacts[0].Email = " " }), "referral-contact", "mail address"},
		{"a referral by a feed", referral(func(r *Request) { r.Channels = []Channel{ChannelCSAF} }), "channel", "goes by mail"},
		{"a referral without agreed mail", referral(func(r *Request) { r.Agreement.Give.Channels = []Channel{ChannelCSAF} }), "channel", "goes by mail"},
		{"a referral without a key", referral(func(r *Request) { r.Team.Keys = nil }), "iep-encryption", "no key"},
	}
}

func gateCasesOfPublic() []gateCase {
	return []gateCase{
		{"for everybody", public(), "", "for everybody"},
		{"green for everybody", openly(func(r *Request) { r.Original.TLP = advisory.Green }), "public-tlp", "for everybody: it is TLP:GREEN"},
		{"green by its origin for everybody", openly(func(r *Request) {
			r.Original.Origins = []advisory.Origin{{Team: "TEAM-9", Document: "X/1", TLP: advisory.Green, Consent: []string{"*"}}}
		}), "public-tlp", "TLP:GREEN"},
		{"a peer's for everybody, with consent for one", openly(func(r *Request) {
			r.Original.Origins = []advisory.Origin{{Team: "TEAM-9", Document: "X/1", TLP: advisory.Clear, Consent: []string{"TEAM-3"}}}
		}), "origin-consent", "did not agree"},
		{"a nameless peer's for everybody", openly(func(r *Request) {
			r.Original.Origins = []advisory.Origin{{Document: "X/1", TLP: advisory.Clear}}
		}), "origin-consent", "did not agree"},
		{"an incident for everybody", openly(func(r *Request) { r.Original.Category = advisory.Incident }), "public-category", "for peers only"},
		{"indicators for everybody", openly(func(r *Request) { r.Original.Category = advisory.Indicators }), "public-category", "for peers only"},
		{"statistics for everybody", openly(func(r *Request) { r.Original.Category = advisory.Statistics }), "", ""},
		{"a referral for everybody", openly(func(r *Request) { r.Original.Referral, r.Referral = true, true }), "public-referral", "law-enforcement contact alone"},
		{"assets for everybody", func() Request {
			r := public()
			r.Outgoing.Affected = []advisory.Affected{{Consent: inventory.ConsentAnonymised}}
			return r
		}(), "public-affected", "lists affected assets"},
		{"an agreement without a team", openly(func(r *Request) { r.Agreement = pact() }), "public-agreement", "no team"},
		{"mail to everybody", openly(func(r *Request) { r.Channels = []Channel{ChannelMail} }), "public-channel", "one receiver"},
		{"by one person for everybody", openly(func(r *Request) { r.Approver = r.By }), "release-four-eyes", "another person"},
		{"nothing at all", Request{}, "advisory-state", "in no state"},
	}
}

func TestGate(t *testing.T) {
	cases := gateCases()
	if len(cases) < 60 {
		t.Errorf("only %d cases", len(cases))
	}
	ruled := map[string]bool{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := Gate(c.r)
			if d.Rule != c.rule || d.Allowed != (c.rule == "") {
				t.Errorf("allowed %v, rule %q (%s), want rule %q", d.Allowed, d.Rule, d.Clause, c.rule)
			}
			if d.Clause == "" || !strings.Contains(d.Clause, c.says) {
				t.Errorf("clause %q, want %q in it", d.Clause, c.says)
			}
		})
		ruled[c.rule] = true
	}
	for _, r := range rules {
		if !ruled[r.name] {
			t.Errorf("no case of rule %s", r.name)
		}
	}
}

func TestGateTellsWhatHolds(t *testing.T) {
	r := on(func(r *Request) {
		r.Original.TLP, r.Legal, r.Approver, r.Preview, r.Team.Keys = advisory.Red, "", "", true, nil
		r.Agreement.Give.IEP = IEP{Attribution: "must-not", PermittedActions: "externally-visible-direct-actions"}
	})
	d := Gate(r)
	if !d.Allowed || !d.NeedsLegal || !d.NeedsApprover || d.TLP != advisory.Red {
		t.Errorf("decision %+v", d)
	}
	want := IEP{EncryptInTransit: "must", PermittedActions: "internally-visible-actions", Attribution: "must-not", UnmodifiedResale: "must-not"}
	if d.IEP != want {
		t.Errorf("policy %+v, want %+v", d.IEP, want)
	}
	if !slices.Equal(d.Channels, []Channel{ChannelCSAF, ChannelTAXII}) {
		t.Errorf("channels %v: mail cannot be encrypted without a key", d.Channels)
	}
	if d := Gate(on(func(r *Request) { r.Original.Referral, r.Referral = true, true })); !slices.Equal(d.Channels, []Channel{ChannelMail}) {
		t.Errorf("channels %v of a referral", d.Channels)
	}
}
