package taxii

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Polled is what a poll brought.
type Polled struct {
	Objects []json.RawMessage // in the order in which the peer added them
	// After is where the next poll begins, in the peer's own words. It never
	// passes an object that is not in Objects.
	After string
	More  bool // the poll stopped at a limit of ours; poll again at once
}

// Poll reads what came into a collection since after, which is "" at first and
// Polled.After of the last poll from then on. It follows pages to the end or
// to a limit. What it brought before an error is good, and so is After with
// it: keep both, so that a link that fails halfway still makes way.
//
// Servers err in known ways, and the poll neither loops nor loses: a cursor
// that repeats ends it, a page that says "more" without a cursor is followed
// by the date of its last object, and a date that does not grow ends it. Our
// own clock plays no part.
func (c *Client) Poll(ctx context.Context, collection, after string) (Polled, error) {
	root, id, err := c.collection(collection)
	if err != nil {
		return Polled{After: after}, err
	}
	p := poll{
		c: c, at: root.JoinPath("collections", id, "objects/").String(),
		out: Polled{After: after}, from: after, high: after,
		seen: map[[32]byte]bool{}, cursors: map[next]bool{}, ordered: true,
	}
	if err := p.run(ctx); err != nil {
		p.out.After = p.safe()
		return p.out, fmt.Errorf("poll %s: %w", p.at, err)
	}
	return p.out, nil
}

type poll struct {
	c       *Client
	at      string
	out     Polled
	from    string // added_after of the query
	high    string // the latest date that the peer has told
	ordered bool   // the dates grew from page to page
	seen    map[[32]byte]bool
	cursors map[next]bool
	bytes   int64
}

// safe is up to where all is in hand when there is more to come: pages out of
// order could bring anything.
func (p *poll) safe() string {
	if p.ordered {
		return p.high
	}
	return p.out.After
}

func (p *poll) run(ctx context.Context) error {
	var cursor next
	for range cmp.Or(p.c.MaxPages, 200) {
		page, last, err := p.page(ctx, cursor)
		if err != nil {
			return err
		}
		p.keep(page.Objects)
		grown := p.advance(last)
		switch {
		case !page.More:
			p.out.After = p.high
			return nil
		case page.Next == "" && !grown:
			return fmt.Errorf("there is more, but neither a cursor nor a later date to go on from: %w", inventory.ErrInvalid)
		case page.Next == "":
			p.from, cursor = p.high, ""
		case p.cursors[page.Next] || len(page.Next) > 4096:
			return fmt.Errorf("the cursor leads in a circle: %w", inventory.ErrInvalid)
		default:
			p.cursors[page.Next] = true
			cursor = page.Next
		}
		if len(p.out.Objects) >= cmp.Or(p.c.MaxObjects, 100_000) || p.bytes >= 8*cmp.Or(p.c.MaxBytes, 32<<20) {
			break
		}
	}
	stop := p.safe()
	if stop == p.out.After {
		return fmt.Errorf("there is more than one poll takes, and no date to go on from: %w", inventory.ErrInvalid)
	}
	p.out.After, p.out.More = stop, true
	return nil
}

func (p *poll) page(ctx context.Context, cursor next) (wireEnvelope, string, error) {
	u, err := p.c.address(p.at)
	if err != nil {
		return wireEnvelope{}, "", err
	}
	q := u.Query()
	q.Set("limit", strconv.Itoa(cmp.Or(p.c.PageSize, 1000)))
	if p.from != "" {
		q.Set("added_after", p.from)
	}
	if cursor != "" {
		q.Set("next", string(cursor))
	}
	u.RawQuery = q.Encode()
	var page wireEnvelope
	header, err := p.c.get(ctx, u, &page)
	if err != nil {
		return wireEnvelope{}, "", err
	}
	return page, header.Get("X-TAXII-Date-Added-Last"), nil
}

// keep adds what has not come before in this poll.
func (p *poll) keep(objects []json.RawMessage) {
	for _, raw := range objects {
		p.bytes += int64(len(raw))
		if sum := sha256.Sum256(raw); !p.seen[sum] {
			p.seen[sum] = true
			p.out.Objects = append(p.out.Objects, raw)
		}
	}
}

// advance notes the date of a page's last object, and tells whether it is
// later than all before.
func (p *poll) advance(last string) bool {
	at, err := time.Parse(time.RFC3339Nano, last)
	if err != nil {
		return false
	}
	high, err := time.Parse(time.RFC3339Nano, p.high)
	if err == nil && !at.After(high) {
		p.ordered = p.ordered && at.Equal(high)
		return false
	}
	p.high = last
	return true
}
