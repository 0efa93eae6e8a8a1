package account

import (
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// How long a session lasts.
const (
	Idle     = 30 * time.Minute // without a request
	Lifetime = 12 * time.Hour   // whatever happens
)

// TouchEvery is how exactly a session's last use is kept: not every request
// has to write.
const TouchEvery = time.Minute

// SessionID names a session in lists: "SES-1". It opens nothing.
type SessionID string

// A Session is one browser that is signed in. Its role and organisation are
// those of its beginning; an account that gets others loses its sessions.
type Session struct {
	ID        SessionID
	Account   ID
	Name      string // the account's
	Role      Role
	Org       inventory.OrganizationID
	CreatedAt time.Time
	ProvedAt  time.Time // when its holder last proved to be there
	SeenAt    time.Time
	Until     time.Time // its absolute end
	RevokedAt *time.Time
	Source    netip.Addr // where it was begun
	Agent     string     // the browser, as it calls itself: never trust it

	Preferences Preferences // the account's
}

// Ends is when the session ends if nobody uses it again.
func (s Session) Ends() time.Time {
	end := s.SeenAt.Add(Idle)
	if s.Until.Before(end) {
		end = s.Until
	}
	if s.RevokedAt != nil && s.RevokedAt.Before(end) {
		end = *s.RevokedAt
	}
	return end
}

// Fresh is how long a proof counts for what is sensitive.
const Fresh = 10 * time.Minute

// Proven tells whether the holder has proved lately to be there, and not only
// somebody at a browser that was left open.
func (s Session) Proven(at time.Time) bool { return at.Before(s.ProvedAt.Add(Fresh)) }

// Live tells whether the session opens anything at that time.
func (s Session) Live(at time.Time) bool { return at.Before(s.Ends()) }

// A Browser is where a sign-in comes from.
type Browser struct {
	Source netip.Addr
	Agent  string
}

// maxAgent is how much of a browser's name is kept.
const maxAgent = 200

// Clean cuts what the browser says of itself and removes what is not
// printable ASCII, because lists and logs show it.
func (b Browser) Clean() Browser {
	out := make([]byte, 0, min(len(b.Agent), maxAgent))
	for i := 0; i < len(b.Agent) && len(out) < maxAgent; i++ {
		if c := b.Agent[i]; c >= ' ' && c <= '~' {
			out = append(out, c)
		}
	}
	return Browser{Source: b.Source.Unmap().WithZone(""), Agent: string(out)}
}

// Identity is who acts in the session.
func (s Session) Identity() Identity { return Identity{User: s.Name, Role: s.Role, Org: s.Org} }
