package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/taxii"
	"github.com/ciiscan/ciiscan/inventory"
)

// errNoInbox says that a team named no TAXII server at which it takes things.
var errNoInbox = fmt.Errorf("the team has no TAXII inbox that we know: %w", inventory.ErrNotFound)

// pushRelease leaves a release's STIX objects in the team's TAXII inbox.
func (c *Courier) pushRelease(ctx context.Context, r exchange.Release, team exchange.Team) (string, error) {
	i := slices.IndexFunc(r.Files, func(f exchange.File) bool { return f.Format == exchange.FormatSTIX })
	if i < 0 {
		return "", fmt.Errorf("release %s was not written as STIX: %w", r.ID, inventory.ErrNotFound)
	}
	var bundle struct {
		Objects []json.RawMessage `json:"objects"`
	}
	if err := json.Unmarshal(r.Files[i].Bytes, &bundle); err != nil {
		return "", fmt.Errorf("read the STIX bundle of release %s: %w", r.ID, err)
	}
	return c.push(ctx, team.ID, bundle.Objects)
}

// maxLooks is how often a server that has not decided yet is asked.
const maxLooks = 3

// push leaves objects in a team's inbox, and says where.
func (c *Courier) push(ctx context.Context, team exchange.TeamID, objects []json.RawMessage) (string, error) {
	client, inbox, err := c.inboxOf(ctx, team)
	if err != nil {
		return "", err
	}
	statuses, err := client.Push(ctx, inbox.URL, objects)
	if err != nil {
		return "", err
	}
	for _, s := range statuses {
		// It was taken; a server that does not say what became of it is no
		// reason to send it again.
		s, _ = client.Follow(ctx, inbox.URL, s, maxLooks)
		if len(s.Failures) > 0 {
			first := s.Failures[0]
			return "", fmt.Errorf("%d of %d objects were refused, the first (%s) because: %s", len(s.Failures), len(objects),
				inventory.CleanText(first.ID, 100), inventory.CleanText(first.Message, 300))
		}
	}
	return fmt.Sprintf("%d objects into %s", len(objects), inbox.URL), nil
}

// inboxOf finds the collection that a team lets us write to, at the first of
// its TAXII servers that has one.
func (c *Courier) inboxOf(ctx context.Context, team exchange.TeamID) (*taxii.Client, taxii.Found, error) {
	sources, err := c.Register.Sources(ctx, team)
	if err != nil {
		return nil, taxii.Found{}, err
	}
	failure := errNoInbox
	for _, src := range sources {
		if src.Channel != exchange.ChannelTAXII {
			continue
		}
		client, found, err := c.collectionsAt(ctx, src)
		if err != nil {
			failure = err
			continue
		}
		// A server's inbox is what we may write and not read.
		for _, f := range found {
			if f.CanWrite && !f.CanRead {
				return client, f, nil
			}
		}
	}
	return nil, taxii.Found{}, failure
}

func (c *Courier) collectionsAt(ctx context.Context, src exchange.Source) (*taxii.Client, []taxii.Found, error) {
	http, err := c.Dial(src)
	if err != nil {
		return nil, nil, err
	}
	client := &taxii.Client{HTTP: http, User: src.User, Key: src.APIKey}
	root := src.URL
	if before, _, is := strings.Cut(root, "/collections/"); is {
		root = before + "/" // what we read is one collection of it; where we write, another
	}
	found, err := client.Find(ctx, root)
	return client, found, err
}
