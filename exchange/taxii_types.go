package exchange

import (
	"cmp"
	"slices"
	"time"
)

// A TAXIICollection is a set of STIX objects at our TAXII door, as one peer
// sees it. Each peer has collections that it may read, one for each TLP
// ceiling, and one inbox that it may write into and not read. What a peer may
// neither read nor write it is not told of.
type TAXIICollection struct {
	ID          string // UUID, for life
	Alias       string // the same in readable form; may be empty
	Title       string
	Description string
	CanRead     bool
	CanWrite    bool
}

// A TAXIIRecord is one version of an object in a collection.
type TAXIIRecord struct {
	TAXIIObject
	// DateAdded is when it came into the collection, in whole microseconds.
	// No two records of a collection have the same, and none is added later
	// with an earlier one: readers page by it, and would loop or lose.
	DateAdded time.Time
	Release   ReleaseID // that it belongs to; "" in an inbox
}

// Version is what TAXII calls the version of an object: when it was modified,
// or created, or, for observables, which have neither, added.
func (r TAXIIRecord) Version() time.Time {
	if r.Modified.IsZero() {
		return r.DateAdded
	}
	return r.Modified
}

// A TAXIIQuery selects records of a collection.
type TAXIIQuery struct {
	Collection   string
	AddedAfter   time.Time // exclusive, by DateAdded; zero: from the first
	Limit        int       // of records; 0 means no limit
	IDs          []string  // any of these; none: all
	Types        []string  // likewise
	SpecVersions []string  // likewise
	Versions     TAXIIVersions
	// Bare leaves Raw out: the caller wants to know what there is.
	Bare bool
}

// TAXIIVersions says which versions of each object are wanted. The zero value
// means the last.
type TAXIIVersions struct {
	All   bool
	First bool
	Last  bool
	At    []time.Time // exactly these
}

// A TAXIIPage is the beginning of what a query selects, by DateAdded, the
// earliest first.
type TAXIIPage struct {
	Records []TAXIIRecord
	More    bool // there are records after these
}

// Page applies the query to all records of its collection. First and last are
// judged among all versions of an object in the collection, before AddedAfter:
// a reader that comes back is not handed an older version than it may have.
func (q TAXIIQuery) Page(all []TAXIIRecord) TAXIIPage {
	first, last := map[string]time.Time{}, map[string]time.Time{}
	for _, r := range all {
		v := r.Version()
		if t, ok := first[r.ID]; !ok || v.Before(t) {
			first[r.ID] = v
		}
		if t, ok := last[r.ID]; !ok || v.After(t) {
			last[r.ID] = v
		}
	}
	none := !q.Versions.All && !q.Versions.First && !q.Versions.Last && len(q.Versions.At) == 0
	wanted := func(r TAXIIRecord) bool {
		v := r.Version()
		return q.Versions.All ||
			q.Versions.First && v.Equal(first[r.ID]) ||
			(q.Versions.Last || none) && v.Equal(last[r.ID]) ||
			slices.ContainsFunc(q.Versions.At, v.Equal)
	}
	oneOf := func(list []string, s string) bool { return len(list) == 0 || slices.Contains(list, s) }
	var page TAXIIPage
	for _, r := range all {
		if !r.DateAdded.After(q.AddedAfter) || !oneOf(q.IDs, r.ID) || !oneOf(q.Types, r.Type) ||
			!oneOf(q.SpecVersions, r.SpecVersion) || !wanted(r) {
			continue
		}
		if q.Bare {
			r.Raw = nil
		}
		page.Records = append(page.Records, r)
	}
	slices.SortStableFunc(page.Records, func(a, b TAXIIRecord) int { return cmp.Or(a.DateAdded.Compare(b.DateAdded), cmp.Compare(a.ID, b.ID)) })
	if q.Limit > 0 && len(page.Records) > q.Limit {
		page.Records, page.More = page.Records[:q.Limit], true
	}
	return page
}

// A TAXIIPost is what a peer put into its inbox at one time. The door has
// looked at the form of it only; nothing in it is to be believed.
type TAXIIPost struct {
	Collection string
	At         time.Time
	Raw        []byte            // the envelope as it came
	Objects    []TAXIIObject     // those in order, as they stand in it
	Refused    []TAXIIStatusItem // those that are not STIX 2.1 objects
}

// A TAXIIStatus is what became of a post. Only the peer that posted may ask
// for it.
type TAXIIStatus struct {
	ID          string // UUID
	Complete    bool   // nothing is pending
	RequestedAt time.Time
	Successes   []TAXIIStatusItem
	Failures    []TAXIIStatusItem
	Pendings    []TAXIIStatusItem
}

// A TAXIIStatusItem is one object of a post.
type TAXIIStatusItem struct {
	ID      string
	Version time.Time
	Message string // why it failed or waits; "" else
}
