package taxii

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// Push leaves objects in a peer's inbox, in as many posts as its limit asks
// for, and returns the status of each. To push the same again does no harm: an
// object has its id and version. After an error the statuses so far are
// returned with it.
func (c *Client) Push(ctx context.Context, collection string, objects []json.RawMessage) ([]exchange.TAXIIStatus, error) {
	root, id, err := c.collection(collection)
	if err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		return nil, &inventory.InputError{Field: "objects", Message: "there are none", Hint: "push at least one"}
	}
	var r wireRoot
	if _, err := c.get(ctx, root, &r); err != nil {
		return nil, fmt.Errorf("look up %s: %w", root.Redacted(), err)
	}
	posts, err := parcels(objects, r.MaxContentLength)
	if err != nil {
		return nil, err
	}
	to := root.JoinPath("collections", id, "objects/")
	var out []exchange.TAXIIStatus
	for _, raw := range posts {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(raw))
		if err != nil {
			return out, err
		}
		req.Header.Set("Content-Type", mediaType)
		var s wireStatus
		if _, err := c.do(req, &s); err != nil {
			return out, fmt.Errorf("push to %s: %w", to.Redacted(), err)
		}
		out = append(out, statusFromWire(s))
	}
	return out, nil
}

// maxPost is how many objects go in one post.
const maxPost = 1000

// parcels makes envelopes of at most limit bytes; a limit that makes no sense
// is none.
func parcels(objects []json.RawMessage, limit int64) ([][]byte, error) {
	const frame = 64 // more than what stands around the objects
	if limit <= 0 || limit > 10<<20 {
		limit = 10 << 20
	}
	var out [][]byte
	var batch []json.RawMessage
	size := int64(frame)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		raw, err := marshal(wireEnvelope{Objects: batch})
		if err != nil {
			return fmt.Errorf("encode envelope: %w", err)
		}
		out, batch, size = append(out, raw), nil, frame
		return nil
	}
	for _, o := range objects {
		n := int64(len(o)) + 1
		if frame+n > limit {
			return nil, fmt.Errorf("an object of %d bytes is more than the peer takes, %d: %w", n, limit, inventory.ErrInvalid)
		}
		if size+n > limit || len(batch) == maxPost {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		batch, size = append(batch, o), size+n
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return out, nil
}

// Status asks what became of a post to a collection.
func (c *Client) Status(ctx context.Context, collection, id string) (exchange.TAXIIStatus, error) {
	root, _, err := c.collection(collection)
	if err != nil {
		return exchange.TAXIIStatus{}, err
	}
	if id == "" || strings.Trim(id, ".") == "" {
		return exchange.TAXIIStatus{}, fmt.Errorf("the peer gave its status no id: %w", inventory.ErrInvalid)
	}
	var s wireStatus
	u := root.JoinPath("status", url.PathEscape(id)+"/")
	if _, err := c.get(ctx, u, &s); err != nil {
		return exchange.TAXIIStatus{}, fmt.Errorf("ask %s: %w", u.Redacted(), err)
	}
	return statusFromWire(s), nil
}

// Follow asks for a status until nothing is pending, less and less often, at
// most tries times. It returns the last status known, complete or not.
func (c *Client) Follow(ctx context.Context, collection string, s exchange.TAXIIStatus, tries int) (exchange.TAXIIStatus, error) {
	wait := c.Wait
	if wait == nil {
		wait = pause
	}
	for i := 0; i < tries && !s.Complete; i++ {
		if err := wait(ctx, min(time.Second<<min(i, 6), 30*time.Second)); err != nil {
			return s, err
		}
		now, err := c.Status(ctx, collection, s.ID)
		if err != nil {
			return s, err
		}
		s = now
	}
	return s, nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
