package inventory

import (
	"net/netip"
	"time"
)

// A Page asks for part of a list. Cursor is the opaque text that the list
// returned with the page before, or "" for the first.
type Page struct {
	Cursor string
	Limit  int // 0 means 100; at most 500
}

// Each follows a list from its first page to its last and calls do for every
// item, until one of the two fails.
func Each[T any](list func(Page) (items []T, next string, err error), do func(T) error) error {
	for page := (Page{Limit: 500}); ; {
		items, next, err := list(page)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := do(item); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		page.Cursor = next
	}
}

// Every returns all items of a list.
func Every[T any](list func(Page) (items []T, next string, err error)) ([]T, error) {
	var all []T
	err := Each(list, func(item T) error {
		all = append(all, item)
		return nil
	})
	return all, err
}

// An AssetFilter selects assets; zero fields select everything.
type AssetFilter struct {
	IDs         []AssetID // only these
	Org         OrganizationID
	Sector      Sector
	Class       AssetClass
	Kind        AddressKind
	Criticality Criticality
	Tag         string
	Contact     ContactID // who answers for it
	Unpermitted bool      // that no permission in force covers in any part
	Limited     bool      // with a limit of how they may be looked at
	Retired     bool      // retired ones instead of those in use
	NoConsent   bool      // whose owner has not said that they may be told of
	Unreachable bool      // that did not answer the last scan
	Stale       bool      // that no scan looked at for StaleAfter
	LookedFrom  time.Time // that a scan looked at to some end since
	Service     string    // the name of one that is open there
	Text        string
	Certificate string // that a service of it shows: a fingerprint, or words of its names, subject or issuer
	// Within selects the addresses and prefixes in it, and the prefixes that
	// hold it.
	Within netip.Prefix
	Sort   AssetSort
}

// StaleAfter is how long after its last scan an asset counts as stale: a
// weekly scan and a day.
const StaleAfter = 8 * 24 * time.Hour

// AssetSort is an order of assets.
type AssetSort string

// Orders of assets.
const (
	AssetsOldest    AssetSort = ""        // as they were registered
	AssetsNewest    AssetSort = "newest"  // the last registered first
	AssetsByAddress AssetSort = "address" // by the address as text
	AssetsByName    AssetSort = "name"
	AssetsByTest    AssetSort = "tested" // longest not scanned first
	AssetsWorst     AssetSort = "worst"  // most and worst open findings first
)

// AssetSorts lists the orders.
func AssetSorts() []AssetSort {
	return []AssetSort{AssetsOldest, AssetsNewest, AssetsByAddress, AssetsByName, AssetsByTest, AssetsWorst}
}

// An AssetOverview is an asset with what a list tells of it.
type AssetOverview struct {
	Asset
	OrgName    string
	Owner      string // the name of its contact, or the mail address
	Policy     ScanPolicy
	Sector     Sector
	Open       map[Severity]int // findings that are present
	Services   int
	TestedAt   *time.Time // when a scan last looked
	AnsweredAt *time.Time // when it last answered one
}

// Unreachable tells whether the asset did not answer the last scan.
func (o AssetOverview) Unreachable() bool {
	return o.TestedAt != nil && (o.AnsweredAt == nil || o.AnsweredAt.Before(*o.TestedAt))
}
