package wire

import "time"

// An Organization operates critical infrastructure.
type Organization struct {
	ID          string    `json:"id" example:"ORG-7"`
	Name        string    `json:"name"`
	Sector      string    `json:"sector" enum:"energy,banking,telecom,transport,health,government,water,defence,industry,other"`
	Country     string    `json:"country" example:"LK" doc:"ISO 3166-1 alpha-2."`
	Criticality string    `json:"criticality" enum:"low,medium,high,critical"`
	TimeZone    string    `json:"time_zone" example:"Asia/Colombo" doc:"Scan windows are in this zone."`
	Contacts    []Contact `json:"contacts" nullable:"false"`
	CreatedAt   time.Time `json:"created_at"`
	Version     int       `json:"version" doc:"Rises with each change; edits carry it."`
}

// A NewOrganization asks for one.
type NewOrganization struct {
	Name        string       `json:"name" maxLength:"200"`
	Sector      string       `json:"sector" enum:"energy,banking,telecom,transport,health,government,water,defence,industry,other"`
	Country     string       `json:"country" maxLength:"10" example:"LK" doc:"ISO 3166-1 alpha-2."`
	Criticality string       `json:"criticality,omitempty" enum:"low,medium,high,critical" doc:"How much the country is hurt when it fails; medium when absent."`
	TimeZone    string       `json:"time_zone,omitempty" maxLength:"100" example:"Asia/Colombo" doc:"IANA name; UTC when absent."`
	Contacts    []NewContact `json:"contacts,omitempty" nullable:"false" maxItems:"50"`
}

// A Contact is whom the CERT tells.
type Contact struct {
	ID               string `json:"id" example:"C-3"`
	Role             string `json:"role" enum:"technical,distribution,emergency,management"`
	Name             string `json:"name"`
	Email            string `json:"email"`
	Phone            string `json:"phone"`
	OpenPGPKey       string `json:"openpgp_key" doc:"Armoured public key, or empty."`
	SMIMECertificate string `json:"smime_certificate" doc:"X.509 in PEM, or empty."`
	Language         string `json:"language" enum:"en,bn,hi,ne,si,ta,th,my,dz"`
	TimeZone         string `json:"time_zone" doc:"IANA name; empty: the organisation's."`
	Position         int    `json:"position" minimum:"1" maximum:"2" doc:"1 is told first, 2 when nobody answers."`
	Digest           bool   `json:"digest" doc:"Wants the weekly mail."`
	Alerts           bool   `json:"alerts" doc:"Wants to be told of urgent findings the same day."`
	Version          int    `json:"version" doc:"Rises with each change."`
}

// A NewContact asks for one.
type NewContact struct {
	Role             string `json:"role" enum:"technical,distribution,emergency,management"`
	Name             string `json:"name" maxLength:"200"`
	Email            string `json:"email,omitempty" maxLength:"254"`
	Phone            string `json:"phone,omitempty" maxLength:"50"`
	OpenPGPKey       string `json:"openpgp_key,omitempty" maxLength:"65536" doc:"Armoured public key."`
	SMIMECertificate string `json:"smime_certificate,omitempty" maxLength:"65536" doc:"X.509 in PEM."`
	Language         string `json:"language,omitempty" maxLength:"10" doc:"BCP 47: en, bn, hi, ne, si, ta, th, my or dz; en when absent."`
	TimeZone         string `json:"time_zone,omitempty" maxLength:"100" doc:"IANA name; the organisation's when absent."`
	Position         int    `json:"position,omitempty" minimum:"0" maximum:"2" doc:"1 is told first, 2 when nobody answers; 1 when absent."`
	NoDigest         bool   `json:"no_digest,omitempty" doc:"Does not want the weekly mail."`
	NoAlerts         bool   `json:"no_alerts,omitempty" doc:"Does not want to be told of urgent findings the same day."`
}

// An Asset is a thing that an organisation answers for.
type Asset struct {
	ID          string     `json:"id" example:"A-12"`
	OrgID       string     `json:"org_id"`
	Address     string     `json:"address" doc:"Canonical form."`
	AddressKind string     `json:"address_kind" enum:"ipv4,ipv6,cidr,hostname,url"`
	Name        string     `json:"name"`
	Site        string     `json:"site"`
	Function    string     `json:"function" doc:"What it is there for, such as SCADA or internet bank."`
	ContactID   string     `json:"contact_id" doc:"Who of the organisation answers for it; empty names nobody."`
	Kind        string     `json:"kind" enum:"it,ot"`
	Criticality string     `json:"criticality" enum:"low,medium,high,critical"`
	AtMost      string     `json:"at_most" enum:",passive,light,standard,intensive" doc:"How hard its owner lets it be looked at, whatever is permitted; passive: nothing is sent to it; empty: no limit of its own."`
	Tags        []string   `json:"tags" nullable:"false"`
	Sharing     string     `json:"sharing" enum:"none,anonymised,identified" doc:"The operator's consent to appear in what goes to other countries."`
	CreatedAt   time.Time  `json:"created_at"`
	RetiredAt   *time.Time `json:"retired_at" doc:"Null while in use."`
	Version     int        `json:"version" doc:"Rises with each change; edits carry it."`
}

// A NewAsset asks for one.
type NewAsset struct {
	OrgID       string   `json:"org_id"`
	Address     string   `json:"address" maxLength:"2000" doc:"IPv4, IPv6, CIDR, host name or http(s) URL."`
	Name        string   `json:"name,omitempty" maxLength:"200"`
	Site        string   `json:"site,omitempty" maxLength:"200"`
	Function    string   `json:"function,omitempty" maxLength:"200" doc:"What it is there for, such as SCADA or internet bank."`
	ContactID   string   `json:"contact_id,omitempty" maxLength:"100" doc:"A contact of the organisation, who answers for it."`
	Kind        string   `json:"kind,omitempty" enum:"it,ot" doc:"it when absent; ot is scanned as gently as can be."`
	Criticality string   `json:"criticality,omitempty" enum:"low,medium,high,critical" doc:"medium when absent."`
	AtMost      string   `json:"at_most,omitempty" enum:"passive,light,standard,intensive" doc:"How hard it may be looked at, whatever is permitted; no limit when absent."`
	Tags        []string `json:"tags,omitempty" nullable:"false" maxItems:"50"`
}

// An AssetMove gives an asset to another organisation.
type AssetMove struct {
	OrgID  string `json:"org_id" doc:"The new owner."`
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

// An Ownership is one span in an asset's history.
type Ownership struct {
	AssetID string     `json:"asset_id"`
	OrgID   string     `json:"org_id"`
	From    time.Time  `json:"from"`
	Until   *time.Time `json:"until" doc:"Null for the present owner."`
	Reason  string     `json:"reason"`
}

// An ImportResult says what an import did, or would do.
type ImportResult struct {
	DryRun   bool            `json:"dry_run"`
	Rows     int             `json:"rows" doc:"Rows with data in the file."`
	Valid    int             `json:"valid" doc:"Rows without a mistake."`
	Known    int             `json:"known" doc:"Assets that the organisation has already; left as they are."`
	Imported int             `json:"imported" doc:"Assets made; 0 in a dry run."`
	Assets   []Asset         `json:"assets" nullable:"false" doc:"The assets made; in a dry run those that would be, without ids."`
	Errors   []ProblemDetail `json:"errors" nullable:"false" doc:"Each mistake by row and column."`
	Notes    []string        `json:"notes" nullable:"false" doc:"How the file was understood."`
}
