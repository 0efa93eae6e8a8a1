package taxii

import (
	"fmt"
	"net/http"

	"github.com/ciiscan/ciiscan/exchange"
)

func (s *server) objects(c *call) (any, error) {
	q, err := s.readable(c, "id", "type", "version", "spec_version")
	if err != nil {
		return nil, err
	}
	return s.envelope(c, q)
}

func (s *server) object(c *call) (any, error) {
	q, err := s.readable(c, "version", "spec_version")
	if err != nil {
		return nil, err
	}
	if err := s.exists(c, q); err != nil {
		return nil, err
	}
	q.IDs = []string{c.parts[1]}
	return s.envelope(c, q)
}

func (s *server) envelope(c *call, q exchange.TAXIIQuery) (any, error) {
	page, cursor, err := s.page(c, q)
	if err != nil {
		return nil, err
	}
	out := wireEnvelope{More: page.More, Next: cursor}
	for _, r := range page.Records {
		out.Objects = append(out.Objects, r.Raw)
	}
	if err := s.keepReceipts(c, page.Records); err != nil {
		return nil, err
	}
	return out, nil
}

func (s *server) manifest(c *call) (any, error) {
	q, err := s.readable(c, "id", "type", "version", "spec_version")
	if err != nil {
		return nil, err
	}
	q.Bare = true
	page, cursor, err := s.page(c, q)
	if err != nil {
		return nil, err
	}
	s.o.Pace.Allow(c.Request, c.who, 2*len(page.Records)) // some fetch one by one
	out := wireManifest{More: page.More, Next: cursor}
	for _, r := range page.Records {
		out.Objects = append(out.Objects, wireRecord{
			ID: r.ID, DateAdded: addedText(r.DateAdded), Version: versionText(r.Version()), MediaType: "application/stix+json;version=" + r.SpecVersion,
		})
	}
	return out, nil
}

func (s *server) versions(c *call) (any, error) {
	q, err := s.readable(c, "spec_version")
	if err != nil {
		return nil, err
	}
	if err := s.exists(c, q); err != nil {
		return nil, err
	}
	q.IDs, q.Versions, q.Bare = []string{c.parts[1]}, exchange.TAXIIVersions{All: true}, true
	page, cursor, err := s.page(c, q)
	if err != nil {
		return nil, err
	}
	out := wireVersions{More: page.More, Next: cursor}
	for _, r := range page.Records {
		out.Versions = append(out.Versions, versionText(r.Version()))
	}
	return out, nil
}

// remove refuses: what was released stays, and a withdrawal is a new version.
func (s *server) remove(c *call) (any, error) {
	if _, err := s.seen(c); err != nil {
		return nil, err
	}
	return nil, fail(http.StatusForbidden, "Forbidden", "Objects are not deleted here. What is withdrawn comes again as revoked.")
}

// readable reads the query on a collection that the caller may read.
func (s *server) readable(c *call, fields ...string) (exchange.TAXIIQuery, error) {
	x, err := s.seen(c)
	if err != nil {
		return exchange.TAXIIQuery{}, err
	}
	if !x.CanRead {
		return exchange.TAXIIQuery{}, fail(http.StatusForbidden, "Forbidden", "You may write into this collection and not read it.")
	}
	return s.query(c, fields...)
}

// exists tells an object that is not there from one that the filters leave out.
func (s *server) exists(c *call, q exchange.TAXIIQuery) error {
	page, err := s.library.TAXIIObjects(c.Context(), c.who, exchange.TAXIIQuery{
		Collection: q.Collection, IDs: []string{c.parts[1]}, Versions: exchange.TAXIIVersions{All: true}, Limit: 1, Bare: true,
	})
	if err != nil {
		return err
	}
	if len(page.Records) == 0 {
		return notFound("object")
	}
	return nil
}

// page asks the library, cuts the page where it grows too large, and says how
// to go on.
func (s *server) page(c *call, q exchange.TAXIIQuery) (exchange.TAXIIPage, next, error) {
	page, err := s.library.TAXIIObjects(c.Context(), c.who, q)
	if err != nil || len(page.Records) == 0 {
		return exchange.TAXIIPage{}, "", err
	}
	size := 0
	for i, r := range page.Records {
		if size += len(r.Raw); size > s.o.MaxBytes && i > 0 {
			page.Records, page.More = page.Records[:i], true
			break
		}
	}
	first, last := page.Records[0].DateAdded, page.Records[len(page.Records)-1].DateAdded
	c.w.Header().Set("X-TAXII-Date-Added-First", addedText(first))
	c.w.Header().Set("X-TAXII-Date-Added-Last", addedText(last))
	if !page.More {
		return page, "", nil
	}
	return page, next(s.cursor(last, c)), nil
}

// keepReceipts notes each release that is about to go out. When that cannot be
// stored the caller gets nothing, and who hangs up before the last byte has
// been served all the same: else it would look as if it never had.
func (s *server) keepReceipts(c *call, records []exchange.TAXIIRecord) error {
	if c.who.Team == "" || c.Method != http.MethodGet {
		return nil // anybody is nobody's receiver, and HEAD brings nothing
	}
	done := map[exchange.ReleaseID]bool{"": true}
	for _, r := range records {
		if done[r.Release] {
			continue
		}
		done[r.Release] = true
		// Without the query: one receipt is kept for each path, and a caller
		// who writes another query each time must not fill the disk.
		err := s.library.KeepReceipt(c.Context(), exchange.Receipt{
			Release: r.Release, Team: c.who.Team, Channel: exchange.ChannelTAXII, Kind: exchange.ReceiptFetched,
			At: s.o.Now().UTC(), Credential: c.who.Credential, Path: clean(c.URL.Path, 500),
		})
		if err != nil {
			return fmt.Errorf("keep receipt of %s by %s: %w", r.Release, c.who.Team, err)
		}
	}
	return nil
}
