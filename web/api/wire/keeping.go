package wire

import "time"

// An AssetLine is an asset with what a list tells of it.
type AssetLine struct {
	Asset
	OrgName     string     `json:"org_name"`
	Sector      string     `json:"sector"`
	Contact     string     `json:"contact" doc:"The name of who answers for it, or the mail address."`
	Policy      ScanPolicy `json:"policy" doc:"How it may be scanned."`
	Open        Severities `json:"open" doc:"Findings that are present."`
	Services    int        `json:"services"`
	TestedAt    *time.Time `json:"tested_at" doc:"When a scan last looked; null: never."`
	AnsweredAt  *time.Time `json:"answered_at" doc:"When it last answered one."`
	Unreachable bool       `json:"unreachable" doc:"It did not answer the last scan."`
	Stale       bool       `json:"stale" doc:"No scan looked at it for more than eight days."`
}

// A ScanPolicy is how an asset may be scanned, whatever the hour.
type ScanPolicy struct {
	State    string     `json:"state" enum:"permitted,partly,missing,excluded,passive" doc:"missing: no permission in force covers any of it; excluded: an order not to scan stands in the way; passive: nothing is sent to it."`
	PermitID string     `json:"permit_id" doc:"The permission that allows most; empty when there is none."`
	Level    string     `json:"level" enum:",passive,light,standard,intensive" doc:"How hard it is looked at, at most."`
	Windows  string     `json:"windows" doc:"When; empty: at any time."`
	TimeZone string     `json:"time_zone"`
	Until    *time.Time `json:"until" doc:"When the permission ends."`
}

// Severities counts findings.
type Severities struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Info     int `json:"info"`
}

// An AssetPage is all that is known of an asset.
type AssetPage struct {
	AssetLine
	Present []Service       `json:"present" nullable:"false" doc:"Services that are there now."`
	Former  []FormerService `json:"former" nullable:"false" doc:"Services that went away or became another product, the last first."`
	Limits  []AssetLimit    `json:"limits" nullable:"false" doc:"What holds its scans within a level, each with its reason; policy.level is that of the one that rules. Empty without a permission."`
	States  []AddressState  `json:"states" nullable:"false" doc:"How each address fared in its last scan."`
	Skipped []Unscanned     `json:"skipped" nullable:"false" doc:"Why the last scans left it, or a part of it, out."`
	Deeds   []Deed          `json:"deeds" nullable:"false" doc:"Who did what to it, the newest first."`
	Owners  []Ownership     `json:"owners" nullable:"false" doc:"Oldest first."`

	Certificates []Certificate `json:"certificates" nullable:"false" doc:"Those shown now, the next to end first, then those gone, the last first."`
}

// An AssetLimit holds the scans of an asset within a level.
type AssetLimit struct {
	Kind    string `json:"kind" enum:"permission,own,wider,operator" doc:"wider: another asset of the organisation that has its addresses; operator: another operator has registered something there."`
	Level   string `json:"level" enum:"passive,light,standard,intensive" doc:"passive: nothing is sent."`
	AssetID string `json:"asset_id" doc:"Of the wider one; of another operator's, for the CERT."`
	Called  string `json:"called" doc:"Its name, or its address."`
	OT      bool   `json:"ot" doc:"Because it is OT."`
	Part    bool   `json:"part" doc:"It counts on some of the addresses only."`
	Rules   bool   `json:"rules" doc:"It is the strictest of those that count on all."`
}

// A Certificate is what a service proves its identity with.
type Certificate struct {
	SHA256     string     `json:"sha256" doc:"Fingerprint."`
	Subject    string     `json:"subject" doc:"Cleaned."`
	Issuer     string     `json:"issuer" doc:"Cleaned."`
	Names      []string   `json:"names" nullable:"false" doc:"Host names and addresses that it is made out to."`
	NotBefore  time.Time  `json:"not_before"`
	NotAfter   time.Time  `json:"not_after"`
	DaysLeft   int        `json:"days_left" doc:"Below nought when it has ended."`
	Standing   string     `json:"standing" enum:"ended,ending,not_yet,valid" doc:"ending: within 30 days."`
	KeyType    string     `json:"key_type" enum:"RSA,ECDSA,Ed25519,other"`
	KeyBits    int        `json:"key_bits" doc:"0 when it is not known."`
	SelfSigned bool       `json:"self_signed" doc:"It names itself as its issuer."`
	OrgID      string     `json:"org_id"`
	OrgName    string     `json:"org_name"`
	AssetID    string     `json:"asset_id"`
	What       string     `json:"what" doc:"The asset as it is registered."`
	Address    string     `json:"address"`
	Port       uint16     `json:"port"`
	Transport  string     `json:"transport" enum:"tcp,udp"`
	FirstSeen  time.Time  `json:"first_seen"`
	LastSeen   time.Time  `json:"last_seen"`
	GoneAt     *time.Time `json:"gone_at" doc:"When another was seen in its place, or its service was gone; null while it is there."`
}

// A Service is what answers on a port.
type Service struct {
	Address   string    `json:"address"`
	Port      uint16    `json:"port"`
	Transport string    `json:"transport" enum:"tcp,udp"`
	Name      string    `json:"name"`
	Product   string    `json:"product"`
	Version   string    `json:"version"`
	ExtraInfo string    `json:"extra_info"`
	CPEs      []string  `json:"cpes" nullable:"false"`
	TLS       bool      `json:"tls"`
	Banner    string    `json:"banner" doc:"Cleaned."`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
}

// A FormerService is one that went away.
type FormerService struct {
	Service
	GoneAt time.Time `json:"gone_at"`
}

// An AddressState is how one address fared.
type AddressState struct {
	Address  string    `json:"address"`
	Up       bool      `json:"up"`
	Outcome  string    `json:"outcome" enum:"complete,partial,unreachable,blocked,failed"`
	Reason   string    `json:"reason"`
	LastScan time.Time `json:"last_scan"`
	NextScan time.Time `json:"next_scan"`
}

// An Unscanned is why a scan left something out.
type Unscanned struct {
	ScanID string    `json:"scan_id"`
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Reason string    `json:"reason"`
}

// A Deed is something that a person did.
type Deed struct {
	At      time.Time   `json:"at"`
	Actor   string      `json:"actor" person:"true" doc:"CERT for its people, when an organisation asks."`
	What    string      `json:"what" example:"asset.move" doc:"import.new and import.changed: a file did it."`
	Reason  string      `json:"reason" doc:"Or the import."`
	Changes []RowChange `json:"changes" nullable:"false" doc:"Field by field; of acts on many assets without what was there before."`
}

// An AssetEdit replaces what people say of an asset.
type AssetEdit struct {
	Version     int      `json:"version" minimum:"1" doc:"Of the asset that the edit was made from; another one is refused with 412."`
	Name        string   `json:"name" maxLength:"200"`
	Site        string   `json:"site" maxLength:"200"`
	Function    string   `json:"function,omitempty" maxLength:"200"`
	ContactID   string   `json:"contact_id,omitempty" maxLength:"100" doc:"A contact of the organisation; empty for nobody."`
	Kind        string   `json:"kind" enum:"it,ot"`
	Criticality string   `json:"criticality" enum:"low,medium,high,critical"`
	AtMost      string   `json:"at_most" enum:",passive,light,standard,intensive" doc:"How hard it may be looked at; empty takes the limit away, so it has to be said."`
	Tags        []string `json:"tags" nullable:"false" maxItems:"50"`
}

// An AssetChange does one thing to many assets.
type AssetChange struct {
	IDs         []string `json:"ids" nullable:"false" minItems:"1" maxItems:"5000"`
	AddTag      string   `json:"add_tag,omitempty" maxLength:"50"`
	RemoveTag   string   `json:"remove_tag,omitempty" maxLength:"50"`
	Criticality string   `json:"criticality,omitempty" enum:"low,medium,high,critical"`
	Kind        string   `json:"kind,omitempty" enum:"it,ot"`
	Sharing     string   `json:"sharing,omitempty" enum:"none,anonymised,identified"`
	AtMost      string   `json:"at_most,omitempty" enum:"permitted,passive,light,standard,intensive" doc:"How hard they may be looked at; permitted takes the limit away."`
	Retire      string   `json:"retire,omitempty" maxLength:"1000" doc:"Why they go out of use; cannot be undone."`
}

// A Changed is what a change of many assets came to.
type Changed struct {
	Changed int        `json:"changed"`
	Same    int        `json:"same" doc:"That were so already."`
	Undo    string     `json:"undo" example:"U-3" doc:"Names the change for undoing it; empty when it cannot be."`
	Until   *time.Time `json:"until" doc:"Until when it can be undone."`
}

// An Undone is what undoing came to.
type Undone struct {
	Restored int      `json:"restored"`
	Kept     []string `json:"kept" nullable:"false" doc:"Assets that were changed again since, and stay so."`
}

// A Discovery is something seen on an organisation's assets that nobody has
// registered.
type Discovery struct {
	ID        string     `json:"id" example:"D-5"`
	OrgID     string     `json:"org_id"`
	OrgName   string     `json:"org_name"`
	Address   string     `json:"address"`
	How       string     `json:"how" enum:"certificate,redirect"`
	SeenOn    string     `json:"seen_on" doc:"The asset on which it was seen."`
	Quote     string     `json:"quote" doc:"What named it, cleaned."`
	FirstSeen time.Time  `json:"first_seen"`
	LastSeen  time.Time  `json:"last_seen"`
	State     string     `json:"state" enum:"open,claimed,rejected"`
	DecidedBy string     `json:"decided_by" person:"true"`
	DecidedAt *time.Time `json:"decided_at"`
	Reason    string     `json:"reason"`
	AssetID   string     `json:"asset_id" doc:"That the claim made."`
}
