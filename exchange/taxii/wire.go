package taxii

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
)

// Media types.
const (
	mediaType = "application/taxii+json;version=2.1"
	stixType  = "application/stix+json;version=2.1"
)

// The resources of TAXII 2.1, by its names.
type (
	wireDiscovery struct {
		Title       string   `json:"title"`
		Description string   `json:"description,omitempty"`
		Contact     string   `json:"contact,omitempty"`
		Default     string   `json:"default,omitempty"`
		APIRoots    []string `json:"api_roots,omitempty"`
	}
	wireRoot struct {
		Title            string   `json:"title"`
		Description      string   `json:"description,omitempty"`
		Versions         []string `json:"versions"`
		MaxContentLength int64    `json:"max_content_length"`
	}
	wireCollection struct {
		ID          string   `json:"id"`
		Title       string   `json:"title"`
		Description string   `json:"description,omitempty"`
		Alias       string   `json:"alias,omitempty"`
		CanRead     bool     `json:"can_read"`
		CanWrite    bool     `json:"can_write"`
		MediaTypes  []string `json:"media_types,omitempty"`
	}
	wireCollections struct {
		Collections []wireCollection `json:"collections,omitempty"`
	}
	wireEnvelope struct {
		More    bool              `json:"more"`
		Next    next              `json:"next,omitempty"`
		Objects []json.RawMessage `json:"objects,omitempty"`
	}
	wireManifest struct {
		More    bool         `json:"more"`
		Next    next         `json:"next,omitempty"`
		Objects []wireRecord `json:"objects,omitempty"`
	}
	wireRecord struct {
		ID        string `json:"id"`
		DateAdded string `json:"date_added"`
		Version   string `json:"version"`
		MediaType string `json:"media_type"`
	}
	wireVersions struct {
		More     bool     `json:"more"`
		Next     next     `json:"next,omitempty"`
		Versions []string `json:"versions,omitempty"`
	}
	wireStatus struct {
		ID               string     `json:"id"`
		Status           string     `json:"status"`
		RequestTimestamp string     `json:"request_timestamp,omitempty"`
		TotalCount       int        `json:"total_count"`
		SuccessCount     int        `json:"success_count"`
		Successes        []wireItem `json:"successes,omitempty"`
		FailureCount     int        `json:"failure_count"`
		Failures         []wireItem `json:"failures,omitempty"`
		PendingCount     int        `json:"pending_count"`
		Pendings         []wireItem `json:"pendings,omitempty"`
	}
	wireItem struct {
		ID      string `json:"id"`
		Version string `json:"version"`
		Message string `json:"message,omitempty"`
	}
	wireError struct {
		Title       string `json:"title"`
		Description string `json:"description,omitempty"`
		HTTPStatus  string `json:"http_status"`
	}
)

// marshal keeps the bytes of objects as they are, & and < included.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// next is a cursor. Some servers write theirs as a number.
type next string

func (n *next) UnmarshalJSON(raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err == nil {
		*n = next(s) // null is none
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err != nil {
		return err
	}
	*n = next(number)
	return nil
}

// addedText writes when something came into a collection. Readers send it back
// as added_after, so that it must not lose a microsecond.
func addedText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// versionText writes a version as the object itself does: in milliseconds, or
// finer where it is finer.
func versionText(t time.Time) string {
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		return addedText(t)
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func collectionToWire(c exchange.TAXIICollection) wireCollection {
	return wireCollection{
		ID: c.ID, Title: c.Title, Description: c.Description, Alias: c.Alias,
		CanRead: c.CanRead, CanWrite: c.CanWrite, MediaTypes: []string{stixType},
	}
}

func statusToWire(s exchange.TAXIIStatus) wireStatus {
	state := "pending"
	if s.Complete {
		state = "complete"
	}
	items := func(list []exchange.TAXIIStatusItem) []wireItem {
		var out []wireItem
		for _, x := range list {
			v := x.Version
			if v.IsZero() { // TAXII wants one
				v = s.RequestedAt
			}
			out = append(out, wireItem{ID: x.ID, Version: versionText(v), Message: x.Message})
		}
		return out
	}
	return wireStatus{
		ID: s.ID, Status: state, RequestTimestamp: addedText(s.RequestedAt),
		TotalCount:   len(s.Successes) + len(s.Failures) + len(s.Pendings),
		SuccessCount: len(s.Successes), Successes: items(s.Successes),
		FailureCount: len(s.Failures), Failures: items(s.Failures),
		PendingCount: len(s.Pendings), Pendings: items(s.Pendings),
	}
}

// statusFromWire reads a peer's status; what is not a time is no time.
func statusFromWire(s wireStatus) exchange.TAXIIStatus {
	items := func(list []wireItem) []exchange.TAXIIStatusItem {
		var out []exchange.TAXIIStatusItem
		for _, x := range list {
			out = append(out, exchange.TAXIIStatusItem{ID: clean(x.ID, 300), Version: readTime(x.Version), Message: clean(x.Message, 1000)})
		}
		return out
	}
	return exchange.TAXIIStatus{
		ID: s.ID, Complete: s.Status == "complete", RequestedAt: readTime(s.RequestTimestamp),
		Successes: items(s.Successes), Failures: items(s.Failures), Pendings: items(s.Pendings),
	}
}

func readTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
