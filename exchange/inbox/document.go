package inbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

const (
	maxHash      = 4 << 10
	maxSignature = 64 << 10
	// How often a document is asked for that is not there, or is not what
	// its hash says, and one whose server does not answer.
	maxTries   = 3
	maxWaiting = 50
)

// fetchAll fetches what is listed, and keeps for the next poll what fails.
func (j *poll) fetchAll(ctx context.Context, p *provider, files []listed) error {
	recent, waiting := p.Recent, p.Retry
	p.Recent, p.Retry = map[string]string{}, nil
	for _, f := range files {
		err := j.fetch(ctx, p, recent, f)
		if err == nil {
			continue
		}
		if errors.Is(err, errTaker) || ctx.Err() != nil {
			p.Recent, p.Retry = merged(p.Recent, recent), waiting // the rest is listed again
			return err
		}
		f.Tries++
		most := maxTries
		if errors.Is(err, inventory.ErrUnavailable) {
			most = maxWaiting
		}
		j.bad = append(j.bad, err)
		switch {
		case f.Tries >= most:
			j.note("%s was asked for %d times and is given up: %v", f.URL, f.Tries, err)
		case len(p.Retry) < maxRetry:
			p.Retry = append(p.Retry, f)
		}
	}
	return nil
}

func merged(a, b map[string]string) map[string]string {
	for k, v := range b {
		if _, ok := a[k]; !ok && len(a) < maxRecent {
			a[k] = v
		}
	}
	return a
}

// errTaker is of what we cannot keep, which is no fault of the source.
var errTaker = errors.New("the document cannot be kept")

// fetch gets one document with its hashes and its signature. One that was
// fetched not long ago and has not changed is left alone.
func (j *poll) fetch(ctx context.Context, p *provider, recent map[string]string, f listed) error {
	sums, err := j.sums(ctx, f)
	if err != nil {
		return err
	}
	if known := recent[f.URL]; known != "" && sums[f.SHA256] == known {
		p.Recent[f.URL] = known
		return nil
	}
	raw, header, err := j.client.Get(ctx, f.URL, MaxBytes)
	if err != nil {
		return err
	}
	a := Arrival{Name: fileName(f.URL), MediaType: header.Get("Content-Type"), Raw: raw}
	if err := compareSums(f, sums, raw); err != nil {
		if f.Tries+1 < maxTries { // it may be in the middle of being published
			return err
		}
		a.Problems = append(a.Problems, exchange.Problem{Code: "hash", What: err.Error(), Fatal: true})
	}
	if len(sums) == 0 {
		a.Problems = append(a.Problems, exchange.Problem{Code: "hash", What: "its publisher gives no hash of it"})
	}
	if f.Sign != "" {
		a.Signature, _, err = j.client.Get(ctx, f.Sign, maxSignature)
		if err != nil && !errors.Is(err, inventory.ErrNotFound) {
			return err
		}
		if err != nil && f.Tries+1 < maxTries {
			return fmt.Errorf("signature: %w", err)
		}
	}
	if err := j.hand(ctx, a); err != nil {
		return errors.Join(errTaker, err)
	}
	if len(p.Recent) < maxRecent {
		p.Recent[f.URL] = hash(raw)
	}
	return nil
}

func fileName(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return inventory.CleanText(path.Base(address), 200)
}

// sums are the hashes that the publisher gives, by the address that they have.
// One that is missing is none.
func (j *poll) sums(ctx context.Context, f listed) (map[string]string, error) {
	out := map[string]string{}
	for _, address := range []string{f.SHA256, f.SHA512} {
		if address == "" {
			continue
		}
		raw, _, err := j.client.Get(ctx, address, maxHash)
		if errors.Is(err, inventory.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sum, _, _ := bytes.Cut(bytes.TrimSpace(raw), []byte(" "))
		out[address] = strings.ToLower(string(sum))
	}
	return out, nil
}

func compareSums(f listed, sums map[string]string, raw []byte) error {
	s256, s512 := sha256.Sum256(raw), sha512.Sum512(raw)
	for _, c := range []struct{ address, own string }{{f.SHA256, hex.EncodeToString(s256[:])}, {f.SHA512, hex.EncodeToString(s512[:])}} {
		if sum, ok := sums[c.address]; ok && sum != c.own {
			return fmt.Errorf("%s is not what its hash in %s says: %w", fileName(f.URL), fileName(c.address), inventory.ErrInvalid)
		}
	}
	return nil
}
