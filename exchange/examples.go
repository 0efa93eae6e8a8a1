package exchange

// Examples are the national CERTs of the BIMSTEC countries: names and
// countries, as the public record has them, and nothing else. A person has to
// confirm each, with its keys and contacts, before anything is exchanged.
func Examples() []Team {
	teams := []Team{
		{Name: "BGD e-GOV CIRT", Country: "BD"},
		{Name: "BtCIRT", Country: "BT"},
		{Name: "CERT-In", Country: "IN"},
		{Name: "mmCERT", Country: "MM"},
		{Name: "npCERT", Country: "NP"},
		{Name: "Sri Lanka CERT|CC", Country: "LK"},
		{Name: "ThaiCERT", Country: "TH"},
	}
	for i := range teams {
		teams[i].State = TeamExample
	}
	return teams
}
