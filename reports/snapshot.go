package reports

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

// MaxSnapshot bounds a snapshot when it is read, in bytes of its JSON form.
const MaxSnapshot = 1 << 30

// EncodeData writes a snapshot so that it can be kept: of it, the same report
// can be made again, to the byte. The same data give the same bytes.
func EncodeData(d Data) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(d); err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress snapshot: %w", err)
	}
	return b.Bytes(), nil
}

// DecodeData reads what EncodeData wrote.
func DecodeData(kept []byte) (Data, error) {
	var d Data
	z, err := gzip.NewReader(bytes.NewReader(kept))
	if err != nil {
		return d, fmt.Errorf("read snapshot: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, MaxSnapshot+1))
	if err != nil {
		return d, fmt.Errorf("read snapshot: %w", err)
	}
	if len(text) > MaxSnapshot {
		return d, fmt.Errorf("read snapshot: larger than %d MiB", MaxSnapshot>>20)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("decode snapshot: %w", err)
	}
	return d, nil
}
