package inbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/fetch"
	"github.com/ciiscan/ciiscan/exchange/mispfeed"
	"github.com/ciiscan/ciiscan/exchange/taxii"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Poller fetches from the feeds of teams, and from nowhere else: each source
// names the hosts that it may lead to.
type Poller struct {
	Admit       []netip.Prefix   // networks that are not public and may be reached
	Certificate *tls.Certificate // shown to the own hosts of sources that gave us no key
	PerSecond   float64          // requests to one host; 0 means the usual
	Now         func() time.Time
}

// A Taker takes what a poll brings, one document after the other. Its error
// ends the poll.
type Taker func(context.Context, Arrival) error

// A Polled is what became of a poll.
type Polled struct {
	Cursor    string   // where the next one begins
	Documents int      // that were taken
	Notes     []string // what people should know of the source
}

// Poll fetches what is new since the source's cursor. What it returns beside
// an error is good, too: keep the cursor. A document that cannot be had does
// not stop the others, is told in the error, and is asked for again by the
// next polls.
func (p *Poller) Poll(ctx context.Context, src exchange.Source, team exchange.Team, take Taker) (Polled, error) {
	j := &poll{Poller: p, src: src, team: team, take: take, out: Polled{Cursor: src.Cursor}}
	run, ok := channels[src.Channel]
	if !ok {
		return j.out, &inventory.InputError{Field: "channel", Value: string(src.Channel), Message: "cannot be polled", Hint: "use one of: csaf, taxii, misp"}
	}
	client, err := p.Client(src)
	if err != nil {
		return j.out, fmt.Errorf("poll %s: %w", src.ID, err)
	}
	defer client.Close()
	j.client = client
	if err := run(ctx, j); err != nil {
		return j.out, fmt.Errorf("poll %s: %w", src.ID, err)
	}
	return j.out, nil
}

// channels are those that can be polled. To add one, write a func and a line.
var channels = map[exchange.Channel]func(context.Context, *poll) error{
	exchange.ChannelCSAF:  pollCSAF,
	exchange.ChannelTAXII: pollTAXII,
	exchange.ChannelMISP:  pollMISP,
}

// A poll is one of them, running.
type poll struct {
	*Poller
	src    exchange.Source
	team   exchange.Team
	client *fetch.Client
	take   Taker
	out    Polled
	bad    []error
}

// Client makes the guarded client by which a source's server is reached. It
// goes to the source's own host and to those that were allowed with it, and
// shows our credentials to the first: the key that its team gave us, or else
// our certificate. One credential, because a server that does not know the
// other may refuse both. A key that the channel's own protocol carries is left
// to it.
func (p *Poller) Client(src exchange.Source) (*fetch.Client, error) {
	o := fetch.Options{
		Admit: p.Admit, MaxBytes: MaxBytes, PerSecond: p.PerSecond,
		Hosts: append([]string{hostOf(src.URL)}, src.Hosts...),
	}
	switch {
	case src.User != "":
		o.User, o.Password = src.User, src.APIKey
	case src.APIKey == "":
		o.Certificate = p.Certificate
	case src.Channel == exchange.ChannelCSAF:
		o.Header = http.Header{"X-Api-Key": {src.APIKey}}
	}
	if src.CA != "" {
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM([]byte(src.CA)) {
			return nil, &inventory.InputError{Field: "ca", Message: "holds no certificate", Hint: "give the PEM of the authority that signed their server's"}
		}
	}
	return fetch.New(o)
}

// hostOf is the host of an address, or of a domain that stands alone.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

// hand gives a document to the taker.
func (j *poll) hand(ctx context.Context, a Arrival) error {
	a.Team, a.Source, a.Channel, a.At = j.src.Team, j.src.ID, j.src.Channel, j.Now().UTC()
	if err := j.take(ctx, a); err != nil {
		return fmt.Errorf("take %s: %w", a.Name, err)
	}
	j.out.Documents++
	return nil
}

func (j *poll) note(format string, args ...any) {
	const most = 50
	if n := inventory.CleanText(fmt.Sprintf(format, args...), 500); len(j.out.Notes) < most && !slices.Contains(j.out.Notes, n) {
		j.out.Notes = append(j.out.Notes, n)
	}
}

// problems tells the first few of what went wrong with single documents.
func (j *poll) problems() error {
	const told = 5
	if len(j.bad) <= told {
		return errors.Join(j.bad...)
	}
	return errors.Join(append(slices.Clone(j.bad[:told]), fmt.Errorf("and %d more", len(j.bad)-told))...)
}

// pollTAXII reads every collection that the peer lets us read.
func pollTAXII(ctx context.Context, j *poll) error {
	c := &taxii.Client{HTTP: j.client, User: j.src.User, Key: j.src.APIKey, MaxBytes: MaxBytes}
	found, err := c.Find(ctx, j.src.URL)
	if err != nil {
		return err
	}
	at := readCursor(j.out.Cursor)
	readable := 0
	for _, f := range found {
		if !f.CanRead {
			continue
		}
		readable++
		if err := j.collection(ctx, c, f, at); err != nil {
			return err
		}
	}
	if readable == 0 {
		j.note("there is no collection that we may read")
	}
	return j.problems()
}

// maxRounds is how often one poll goes on where its limits stopped it.
const maxRounds = 20

func (j *poll) collection(ctx context.Context, c *taxii.Client, f taxii.Found, at cursor) error {
	for range maxRounds {
		got, broken := c.Poll(ctx, f.URL, at.After[f.URL])
		if broken != nil { // what came before is good
			j.bad = append(j.bad, broken)
		}
		parts, err := splitObjects(got.Objects)
		if err != nil { // these objects will not get better
			j.bad = append(j.bad, fmt.Errorf("collection %s: %w", f.URL, err))
		}
		for i, raw := range parts {
			err := j.hand(ctx, Arrival{Name: numbered("taxii-"+f.ID+".json", i+1), MediaType: "application/taxii+json;version=2.1", Raw: raw})
			if err != nil {
				return err
			}
		}
		at.After[f.URL] = got.After
		j.out.Cursor = at.String()
		if !got.More { // nor is there after an error
			return nil
		}
	}
	j.note("collection %s has more than one poll takes; the next goes on", f.Title)
	return nil
}

// pollMISP reads a peer's feed of events.
func pollMISP(ctx context.Context, j *poll) error {
	key := j.src.APIKey
	if j.src.User != "" { // then it is a password
		key = ""
	}
	events, next, pollErr := mispfeed.Poll(ctx, j.client, j.src.URL, key, j.src.Cursor)
	for i, raw := range events {
		if err := j.hand(ctx, Arrival{Name: numbered("misp.json", i+1), MediaType: "application/json", Raw: raw}); err != nil {
			return err
		}
	}
	j.out.Cursor = next
	return pollErr
}
