package apitest

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// PublishAdvisory stands in for the real one.
func (f *Fake) PublishAdvisory(_ context.Context, who string, id advisory.ID, _ time.Time) (advisory.Advisory, error) {
	return f.change(who, "advisory.publish", id, func(a advisory.Advisory) (advisory.Advisory, error) {
		a, b, err := advisory.Publish(a, []inventory.CheckID{a.Check}, Noon)
		if err == nil {
			f.Published = append(f.Published, b)
		}
		return a, err
	})
}

// Bulletin stands in for the real one.
func (f *Fake) Bulletin(_ context.Context, id advisory.ID) (advisory.Bulletin, error) {
	for _, b := range f.Published {
		if b.ID == id {
			return b, nil
		}
	}
	return advisory.Bulletin{}, missing("advisory", string(id))
}

// Bulletins stands in for the real one.
func (f *Fake) Bulletins(context.Context, inventory.Page) ([]advisory.Bulletin, string, error) {
	return f.Published, "", nil
}

// OpenOf stands in for the real one.
func (f *Fake) OpenOf(context.Context, inventory.OrganizationID, []inventory.CheckID) (map[inventory.CheckID]int, error) {
	return map[inventory.CheckID]int{}, nil
}
