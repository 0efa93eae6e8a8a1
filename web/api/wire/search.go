package wire

import "time"

// A SearchResult is what a search found, a few of each kind.
type SearchResult struct {
	Hits []Hit `json:"hits" nullable:"false"`
}

// A Hit is one thing that was found.
type Hit struct {
	Kind   string `json:"kind" enum:"organization,asset,host,finding,check,service,certificate,advisory,bulletin,inbound,peer,scan,report"`
	ID     string `json:"id"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Place  string `json:"place" doc:"Of a finding: its name or address, and its port."`
	OrgID  string `json:"org_id" doc:"Whose it is; empty for what is nobody's."`
}

// An Opening is a thing that somebody opens.
type Opening struct {
	Kind string `json:"kind" enum:"organization,asset,finding,scan,report,advisory,bulletin,inbound,peer"`
	ID   string `json:"id" minLength:"1" maxLength:"100"`
}

// An Opened is a thing that the caller opened.
type Opened struct {
	Hit
	OpenedAt time.Time `json:"opened_at"`
}

// Recent is what the caller opened last.
type Recent struct {
	Items []Opened `json:"items" nullable:"false" doc:"The last first, each once."`
}

// AddressText is a pasted text with addresses in it.
type AddressText struct {
	Text string `json:"text" minLength:"1" maxLength:"400000" doc:"Whatever stands between the addresses is passed over; at most 5,000 of them."`
}

// AddressHolders tell who has addresses.
type AddressHolders struct {
	Asked   int             `json:"asked" doc:"Different addresses in the text."`
	Holders []AddressHolder `json:"holders" nullable:"false" doc:"At most three for each address, the nearest first."`
	Nobodys []string        `json:"nobodys" nullable:"false" doc:"Addresses that nobody registered."`
	Odd     []string        `json:"odd" nullable:"false" doc:"Words that are no address, the first hundred."`
}

// An AddressHolder is an asset that is an address, or holds it.
type AddressHolder struct {
	Address string `json:"address"`
	AssetID string `json:"asset_id"`
	What    string `json:"what" doc:"The asset as it is registered."`
	OrgID   string `json:"org_id"`
	OrgName string `json:"org_name"`
	Open    int    `json:"open" doc:"Findings present at the address."`
}
