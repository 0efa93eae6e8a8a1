package store

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

type findingRow struct {
	Num          int64  `gorm:"->;default:(-)"`
	ID           string `gorm:"primaryKey;->;default:(-)"`
	OrgID        string
	AssetID      string
	Address      addr `gorm:"type:inet"`
	Port         uint16
	Transport    string
	CheckID      string
	Matcher      string
	Hostname     string
	Title        string
	Severity     string
	KEV          bool `gorm:"column:kev"`
	Detection    string
	Work         string
	Waiver       string
	WaiverReason string
	WaiverBy     string
	WaiverUntil  *time.Time
	FirstSeen    time.Time
	LastSeen     time.Time
	LastTested   time.Time
	ClosedAt     *time.Time
	NotTested    string
	Negatives    int
	EvidenceID   string
	Decision     string
	DecisionPath string
	DueAt        *time.Time
	Handling     handlingRow `gorm:"embedded"`
	Score        float64     `gorm:"-"` // of its check, in an order by score
}

// A handlingRow is what people do about a finding. gorm only reads it: who
// stores a judged finding leaves it as it is.
type handlingRow struct {
	Version    int64        `gorm:"->"`
	Assignee   string       `gorm:"->"`
	Tags       list[string] `gorm:"->;type:jsonb"`
	Answer     string       `gorm:"->"`
	AnsweredAt *time.Time   `gorm:"->"`
	PromisedAt *time.Time   `gorm:"->"`
	Dispute    string       `gorm:"->"`

	Urgency       int `gorm:"->"` // counts from 0, the most urgent
	SeverityOrder int `gorm:"->"`
}

func (r handlingRow) handling() inventory.Handling {
	return inventory.Handling{
		Version: r.Version, Assignee: r.Assignee, Tags: r.Tags, Answer: inventory.Answer(r.Answer),
		AnsweredAt: utc(r.AnsweredAt), PromisedAt: utc(r.PromisedAt), Dispute: inventory.DisputeState(r.Dispute),
	}
}

func (findingRow) TableName() string { return "findings" }

func (r findingRow) finding() inventory.Finding {
	return inventory.Finding{
		ID: inventory.FindingID(r.ID), Org: inventory.OrganizationID(r.OrgID),
		FindingKey: inventory.FindingKey{
			Asset: inventory.AssetID(r.AssetID), Addr: netip.Addr(r.Address), Port: r.Port,
			Transport: inventory.Transport(r.Transport), Check: inventory.CheckID(r.CheckID), Matcher: r.Matcher,
		},
		Hostname: r.Hostname, Title: r.Title, Severity: inventory.Severity(r.Severity), KEV: r.KEV,
		Detection: inventory.Detection(r.Detection), Work: inventory.Work(r.Work),
		Waiver: inventory.Waiver{
			Kind: inventory.WaiverKind(r.Waiver), Reason: r.WaiverReason, By: r.WaiverBy, Until: orZero(r.WaiverUntil),
		},
		FirstSeen: r.FirstSeen.UTC(), LastSeen: r.LastSeen.UTC(), LastTested: r.LastTested.UTC(), ClosedAt: utc(r.ClosedAt),
		NotTested: r.NotTested, Negatives: r.Negatives, Evidence: inventory.EvidenceID(r.EvidenceID),
		Decision: inventory.Decision{Outcome: inventory.SSVC(r.Decision), Path: r.DecisionPath}, DueAt: utc(r.DueAt),
		Handling: r.Handling.handling(),
	}
}

func findingRowOf(f inventory.Finding) findingRow {
	row := findingRow{
		ID: string(f.ID), OrgID: string(f.Org), AssetID: string(f.Asset), Address: addr(f.Addr), Port: f.Port,
		Transport: string(f.Transport), CheckID: string(f.Check), Matcher: f.Matcher, Hostname: f.Hostname,
		Title: f.Title, Severity: string(f.Severity), KEV: f.KEV, Detection: string(f.Detection), Work: string(f.Work),
		Waiver: string(f.Waiver.Kind), WaiverReason: f.Waiver.Reason, WaiverBy: f.Waiver.By, WaiverUntil: orNull(f.Waiver.Until),
		FirstSeen: f.FirstSeen, LastSeen: f.LastSeen, LastTested: f.LastTested, ClosedAt: f.ClosedAt,
		NotTested: f.NotTested, Negatives: f.Negatives, EvidenceID: string(f.Evidence),
		Decision: string(f.Decision.Outcome), DecisionPath: f.Decision.Path, DueAt: f.DueAt,
	}
	if row.Waiver == "" {
		row.Waiver = string(inventory.WaiverNone)
	}
	return row
}

type eventRow struct {
	Num        int64 `gorm:"primaryKey;->;default:(-)"`
	FindingID  string
	At         time.Time
	Actor      string
	Kind       string
	FromValue  string
	ToValue    string
	Reason     string
	TaskID     string
	EvidenceID string
}

func (eventRow) TableName() string { return "finding_events" }

func (r eventRow) event() inventory.FindingEvent {
	return inventory.FindingEvent{
		Finding: inventory.FindingID(r.FindingID), At: r.At.UTC(), Actor: r.Actor, Kind: inventory.EventKind(r.Kind),
		From: r.FromValue, To: r.ToValue, Reason: r.Reason, Task: inventory.TaskID(r.TaskID),
		Evidence: inventory.EvidenceID(r.EvidenceID),
	}
}

func eventRowOf(e inventory.FindingEvent) eventRow {
	return eventRow{
		FindingID: string(e.Finding), At: e.At, Actor: e.Actor, Kind: string(e.Kind), FromValue: e.From, ToValue: e.To,
		Reason: e.Reason, TaskID: string(e.Task), EvidenceID: string(e.Evidence),
	}
}

// Finding finds one.
func (s *Store) Finding(ctx context.Context, id inventory.FindingID) (inventory.Finding, error) {
	row, err := one[findingRow](s.read(ctx).Where("id = ?", id), "finding", id)
	if err != nil {
		return inventory.Finding{}, err
	}
	return row.finding(), nil
}

// FindingEvents lists what happened to a finding, oldest first.
func (s *Store) FindingEvents(ctx context.Context, id inventory.FindingID) ([]inventory.FindingEvent, error) {
	if _, err := s.Finding(ctx, id); err != nil {
		return nil, err
	}
	var rows []eventRow
	if err := s.read(ctx).Where("finding_id = ?", id).Order("num").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read events of finding %s: %w", id, fault(err))
	}
	return mapped(rows, eventRow.event), nil
}

// Evidence finds a proof by its content's hash.
func (s *Store) Evidence(ctx context.Context, id inventory.EvidenceID) (inventory.Evidence, error) {
	row, err := one[struct{ Request, Response []byte }](s.read(ctx).Table("evidence").
		Select("request, response").Where("id = ?", id), "evidence", id)
	return inventory.Evidence{Request: row.Request, Response: row.Response}, err
}
