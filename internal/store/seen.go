package store

import (
	"net/netip"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// loadSeen reads back everything that a task brought.
func loadSeen(tx *gorm.DB, task inventory.TaskID) (inventory.Seen, error) {
	seen := inventory.Seen{Task: task}
	var err error
	if seen.Observations, err = loadObservations(tx, task); err != nil {
		return seen, err
	}
	if seen.Ports, err = loadPorts(tx, task); err != nil {
		return seen, err
	}
	if seen.Checks, err = loadChecks(tx, task); err != nil {
		return seen, err
	}
	var hosts []struct {
		AssetID inventory.AssetID
		Address addr
		Outcome inventory.Outcome
		Reason  string
	}
	if err := tx.Table("host_results").Where("task_id = ?", task).Find(&hosts).Error; err != nil {
		return seen, err
	}
	for _, h := range hosts {
		seen.Hosts = append(seen.Hosts, inventory.HostResult{
			Asset: h.AssetID, Addr: netip.Addr(h.Address), Outcome: h.Outcome, Reason: h.Reason,
		})
	}
	return seen, nil
}

func loadObservations(tx *gorm.DB, task inventory.TaskID) ([]inventory.Observation, error) {
	var rows []struct {
		AssetID    inventory.AssetID
		Address    addr
		Port       uint16
		Transport  inventory.Transport
		Hostname   string
		At         time.Time
		Service    *document[serviceJSON]
		CheckID    *inventory.CheckID
		Matcher    string
		Extracted  list[string]
		Location   string
		EvidenceID *inventory.EvidenceID
	}
	if err := tx.Table("observations").Where("task_id = ?", task).Order("num").Find(&rows).Error; err != nil {
		return nil, err
	}
	var ids []inventory.EvidenceID
	for _, r := range rows {
		if r.EvidenceID != nil {
			ids = append(ids, *r.EvidenceID)
		}
	}
	proofs, err := loadEvidence(tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]inventory.Observation, len(rows))
	for i, r := range rows {
		o := inventory.Observation{
			Asset: r.AssetID, Addr: netip.Addr(r.Address), Port: r.Port, Transport: r.Transport, Hostname: r.Hostname,
			At: r.At.UTC(), Evidence: proofs[value(r.EvidenceID)],
		}
		if r.CheckID != nil {
			o.Match = &inventory.Match{Check: *r.CheckID, Matcher: r.Matcher, Extracted: r.Extracted, Location: r.Location}
		}
		if r.Service != nil {
			o.Service = serviceOf(r.Service.V, o)
		}
		out[i] = o
	}
	return out, nil
}

// loadEvidence reads proofs; those of one id are one pointer.
func loadEvidence(tx *gorm.DB, ids []inventory.EvidenceID) (map[inventory.EvidenceID]*inventory.Evidence, error) {
	var rows []struct {
		ID                inventory.EvidenceID
		Request, Response []byte
	}
	out := map[inventory.EvidenceID]*inventory.Evidence{}
	err := tx.Table("evidence").Where("id = ANY(?)", words(ids)).Find(&rows).Error
	for _, r := range rows {
		out[r.ID] = &inventory.Evidence{Request: r.Request, Response: r.Response}
	}
	return out, err
}

func serviceOf(j serviceJSON, o inventory.Observation) *inventory.Service {
	return &inventory.Service{
		Asset: o.Asset, Addr: o.Addr, Port: o.Port, Transport: o.Transport, Name: j.Name, Guessed: j.Guessed, Unasked: j.Unasked,
		Product: j.Product, Version: j.Version, ExtraInfo: j.ExtraInfo, CPEs: j.CPEs, TLS: j.TLS, Banner: j.Banner,
		Certificate: (*inventory.Certificate)(j.Certificate), FirstSeen: o.At, LastSeen: o.At,
	}
}

type serviceRow struct {
	AssetID   string `gorm:"primaryKey"`
	Address   addr   `gorm:"primaryKey;type:inet"`
	Port      uint16 `gorm:"primaryKey;autoIncrement:false"`
	Transport string `gorm:"primaryKey"`
	Name      string
	Product   string
	Version   string
	ExtraInfo string
	CPEs      list[string] `gorm:"column:cpes;type:jsonb"`
	TLS       bool         `gorm:"column:tls"`
	Banner    string
	FirstSeen time.Time
	LastSeen  time.Time
}

func (serviceRow) TableName() string { return "services" }

func (r serviceRow) service() inventory.Service {
	return inventory.Service{
		Asset: inventory.AssetID(r.AssetID), Addr: netip.Addr(r.Address), Port: r.Port, Transport: inventory.Transport(r.Transport),
		Name: r.Name, Product: r.Product, Version: r.Version, ExtraInfo: r.ExtraInfo, CPEs: r.CPEs, TLS: r.TLS,
		Banner: r.Banner, FirstSeen: r.FirstSeen.UTC(), LastSeen: r.LastSeen.UTC(),
	}
}

func serviceRowOf(s inventory.Service) serviceRow {
	return serviceRow{
		AssetID: string(s.Asset), Address: addr(s.Addr), Port: s.Port, Transport: string(s.Transport), Name: s.Name,
		Product: s.Product, Version: s.Version, ExtraInfo: s.ExtraInfo, CPEs: s.CPEs, TLS: s.TLS, Banner: s.Banner,
		FirstSeen: s.FirstSeen, LastSeen: s.LastSeen,
	}
}

// loadServices reads the services that q selects, in the order of their keys.
func loadServices(q *gorm.DB) ([]inventory.Service, error) {
	var rows []serviceRow
	if err := q.Order("asset_id, address, port, transport").Find(&rows).Error; err != nil {
		return nil, err
	}
	return mapped(rows, serviceRow.service), nil
}
