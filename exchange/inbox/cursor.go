package inbox

import (
	"encoding/json"
	"time"
)

// A cursor is where a source's next poll begins.
type cursor struct {
	After     map[string]string    `json:"after,omitempty"`     // by collection
	Providers map[string]*provider `json:"providers,omitempty"` // by the address of their metadata
}

// A provider is how far we are with a CSAF provider.
type provider struct {
	Since time.Time `json:"since"` // the newest change that was listed
	Full  time.Time `json:"full"`  // when all was asked for, whatever its date
	// Recent are the SHA-256 of documents fetched not long ago, which the
	// overlap would bring again.
	Recent map[string]string `json:"recent,omitempty"`
	// Retry are documents that could not be had.
	Retry []listed `json:"retry,omitempty"`
	Face  face     `json:"face"`
}

// A listed is a document in a feed.
type listed struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256,omitempty"`
	SHA512 string `json:"sha512,omitempty"`
	Sign   string `json:"sign,omitempty"`
	Tries  int    `json:"tries,omitempty"`
}

// A face is what a provider says of itself that seldom changes.
type face struct {
	Canonical string   `json:"canonical"`
	Namespace string   `json:"namespace"`
	Role      string   `json:"role"`
	Keys      []string `json:"keys"`
}

// readCursor takes what it cannot read for the beginning: to read twice does
// no harm.
func readCursor(s string) cursor {
	var c cursor
	if json.Unmarshal([]byte(s), &c) != nil {
		c = cursor{}
	}
	if c.After == nil {
		c.After = map[string]string{}
	}
	if c.Providers == nil {
		c.Providers = map[string]*provider{}
	}
	for url, p := range c.Providers {
		if p == nil {
			delete(c.Providers, url)
		}
	}
	return c
}

func (c cursor) String() string {
	raw, err := json.Marshal(c)
	if err != nil { // strings and times always encode
		return ""
	}
	return string(raw)
}
