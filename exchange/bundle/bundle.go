package bundle

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Bundle is what one file carries.
type Bundle struct {
	// From and To are publisher namespaces ("https://cert.example"): names of
	// teams that mean the same on both sides. Whose bundle it is, its signature
	// says.
	From, To  string
	Sequence  int64  // from 1
	Previous  string // SHA-256 of the file before it in lower-case hex; "" for the first
	CreatedAt time.Time
	Entries   []Entry
}

// Kind says what an entry is for.
type Kind string

// Kinds. A withdrawal is a release like others.
const (
	KindRelease Kind = "release" // a released file
	KindAnswer  Kind = "answer"  // what came of a document, as STIX JSON
	KindReceipt Kind = "receipt" // a Receipt
)

// An Entry is one file in a bundle.
type Entry struct {
	Kind      Kind            `json:"kind"`
	Format    exchange.Format `json:"format,omitempty"`
	Name      string          `json:"name"` // of the file, without folders; at most 100 bytes
	MediaType string          `json:"media_type"`
	Signature string          `json:"signature,omitempty"` // armoured, detached; beside the bundle's own
	Bytes     []byte          `json:"-"`
}

// A Receipt acknowledges something received: a released file or a whole
// bundle, by the hash of its bytes.
type Receipt struct {
	SHA256 string               `json:"sha256"` // lower-case hex
	Name   string               `json:"name"`
	Kind   exchange.ReceiptKind `json:"kind"`
	At     time.Time            `json:"at"`
	Detail string               `json:"detail,omitempty"`
}

// Entry packs the receipt.
func (r Receipt) Entry() (Entry, error) {
	if !hexHash.MatchString(r.SHA256) {
		return Entry{}, invalid("a receipt has no hash of what it is for", "")
	}
	r.At = r.At.UTC()
	b, err := json.Marshal(r)
	if err != nil {
		return Entry{}, fmt.Errorf("write receipt: %w", err)
	}
	name := fmt.Sprintf("receipt-%s-%s.json", r.SHA256[:16], r.Kind)
	return Entry{Kind: KindReceipt, Name: name, MediaType: "application/json", Bytes: b}, nil
}

// Receipt reads an entry of that kind.
func (e Entry) Receipt() (Receipt, error) {
	var r Receipt
	if e.Kind != KindReceipt || json.Unmarshal(e.Bytes, &r) != nil || !hexHash.MatchString(r.SHA256) {
		return Receipt{}, invalid(fmt.Sprintf("entry %s is no receipt", e.Name), "")
	}
	switch r.Kind {
	case exchange.ReceiptReceived, exchange.ReceiptValid, exchange.ReceiptAccepted, exchange.ReceiptRejected, exchange.ReceiptClosed:
	default:
		return Receipt{}, invalid(fmt.Sprintf("receipt %s says nothing that a receiver can say", e.Name), "")
	}
	r.Name, r.Detail = inventory.CleanText(r.Name, 200), inventory.CleanText(r.Detail, 1000)
	return r, nil
}

// FileName is what a bundle is called: "ciiscan-bundle-cert.example-7.pgp".
func FileName(to string, sequence int64) string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(namespaceHost(to)), "-"), "-.")
	if name == "" {
		name = "peer"
	}
	return fmt.Sprintf("ciiscan-bundle-%.60s-%d.pgp", name, sequence)
}

func namespaceHost(namespace string) string {
	_, host, found := strings.Cut(namespace, "://")
	if !found {
		host = namespace
	}
	return strings.TrimSuffix(host, "/")
}

var (
	hexHash   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	fileName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$`)
	notInName = regexp.MustCompile(`[^a-z0-9.]+`)
)

// A manifest is the first file of the tar.
type manifest struct {
	Version   int             `json:"ciiscan_bundle"`
	From      string          `json:"from"`
	To        string          `json:"to"`
	ToKey     string          `json:"to_key"` // fingerprint of the key it is for
	Sequence  int64           `json:"sequence"`
	Previous  string          `json:"previous"`
	CreatedAt time.Time       `json:"created_at"`
	Entries   []manifestEntry `json:"entries"`
}

type manifestEntry struct {
	Entry
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const (
	version      = 1
	manifestName = "manifest.json"
)

func entryPath(i int, name string) string { return fmt.Sprintf("%06d/%s", i+1, name) }

// check says what is wrong with a bundle, going out or coming in.
func (b Bundle) check() error {
	switch {
	case b.Sequence < 1:
		return invalid("its number is not positive", "number bundles from 1")
	case (b.Previous != "" && !hexHash.MatchString(b.Previous)) || (b.Previous == "") != (b.Sequence == 1):
		return invalid("it does not say which bundle was before it", "only the first has none before it")
	case len(b.From) > 500 || len(b.To) > 500 || b.From == "" || b.To == "":
		return invalid("it does not say from whom to whom it goes", "")
	case b.CreatedAt.IsZero():
		return invalid("it does not say when it was made", "")
	}
	seen := map[string]bool{}
	for _, e := range b.Entries {
		if !fileName.MatchString(e.Name) {
			return invalid(fmt.Sprintf("%q is no name for a file in it", inventory.CleanText(e.Name, 100)), "use letters, digits, dots and dashes, at most 100, and no folders")
		}
		key := string(e.Kind) + "/" + strings.ToLower(e.Name)
		if seen[key] {
			return invalid(fmt.Sprintf("it holds %s %s twice", e.Kind, e.Name), "")
		}
		seen[key] = true
		switch e.Kind {
		case KindRelease, KindAnswer, KindReceipt:
		default:
			return invalid(fmt.Sprintf("%s is of unknown kind %q", e.Name, inventory.CleanText(string(e.Kind), 50)), "the sender's CIIScan may be newer than this one")
		}
	}
	return nil
}

func invalid(message, hint string) error {
	return &inventory.InputError{Field: "bundle", Message: message, Hint: hint}
}
