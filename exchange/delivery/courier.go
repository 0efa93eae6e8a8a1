package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/taxii"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/stix"
)

// A Book knows what is to be delivered, and is told what became of it.
type Book interface {
	// TakeDelivery is false for what was delivered already, and for what no
	// active agreement lets out any more.
	TakeDelivery(ctx context.Context, num int64) (exchange.Delivery, bool, error)
	Delivered(ctx context.Context, num int64, detail string) error
	DeliveryFailed(ctx context.Context, num int64, cause error) error
}

// A Register knows what is delivered, and to whom.
type Register interface {
	Release(ctx context.Context, id exchange.ReleaseID) (exchange.Release, error) // with its files
	Team(ctx context.Context, id exchange.TeamID) (exchange.Team, error)
	Sources(ctx context.Context, team exchange.TeamID) ([]exchange.Source, error)
}

// A Postman hands a composed mail on, to all of its receivers or to none.
type Postman interface {
	Send(ctx context.Context, from string, to []string, raw []byte) error
}

// A Courier makes deliveries. It may be used by several goroutines.
type Courier struct {
	Book     Book
	Register Register
	Signer   *pgp.Signer
	Post     Postman // nil: no mail server is known
	From     string  // "CERT A <exchange@cert.example>"
	Producer stix.Producer
	Secret   []byte // this installation's, of the ids of answers
	// Dial makes a guarded client for a peer's server.
	Dial func(exchange.Source) (taxii.HTTP, error)
	Now  func() time.Time
}

// Deliver makes one delivery. It does nothing, without error, for one that is
// made already or may not be made now. After an error it is to be called again
// later.
func (c *Courier) Deliver(ctx context.Context, num int64) error {
	d, due, err := c.Book.TakeDelivery(ctx, num)
	if err != nil || !due {
		return err
	}
	detail, err := c.carry(ctx, d)
	// What became of it is written down even when we are told to stop: what
	// was sent must not be sent again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	if err != nil {
		err = fmt.Errorf("deliver %s to %s by %s: %w", d.Release, d.Team, d.Channel, err)
		return errors.Join(err, c.Book.DeliveryFailed(ctx, num, err))
	}
	return c.Book.Delivered(ctx, num, detail)
}

const noteTimeout = 10 * time.Second

// carry brings a release to its team and says how.
func (c *Courier) carry(ctx context.Context, d exchange.Delivery) (detail string, err error) {
	r, err := c.Register.Release(ctx, d.Release)
	if err != nil {
		return "", err
	}
	team, err := c.Register.Team(ctx, d.Team)
	if err != nil {
		return "", err
	}
	switch {
	case r.Team != d.Team:
		return "", fmt.Errorf("the release is for another team: %w", inventory.ErrForbidden)
	case d.Channel == exchange.ChannelMail:
		return c.mailRelease(ctx, r, team)
	case r.Referral:
		return "", fmt.Errorf("a referral goes by mail to the law-enforcement contact alone: %w", inventory.ErrForbidden)
	case d.Channel == exchange.ChannelPush:
		return c.pushRelease(ctx, r, team)
	}
	return "", fmt.Errorf("channel %s is not one by which we send: %w", d.Channel, inventory.ErrInvalid)
}
