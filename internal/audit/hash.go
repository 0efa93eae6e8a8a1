package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"time"
)

// format begins every hashed record, so that another encoding, should one
// ever be needed, can not be mistaken for this one.
const format = "ciiscan audit 1"

// Hash is the SHA-256, in hexadecimal, of everything in r but its Hash. Each
// field goes in with its length before it, so that no two records encode
// alike; the time counts in microseconds, as the store keeps it.
func Hash(r Record) string {
	h := sha256.New()
	addText(h, format)
	addNumber(h, r.Seq)
	addNumber(h, r.At.UnixMicro())
	for _, s := range []string{r.Actor, r.Act, r.Object, string(r.Detail), r.Prev} {
		addText(h, s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Check tells whether r follows prev, the record before it; the zero Record
// stands before the first. An error names the first thing that is wrong.
func Check(prev, r Record) error {
	switch {
	case r.Seq != prev.Seq+1:
		return fmt.Errorf("%w: audit record %d follows %d: records are missing or were inserted", ErrBroken, r.Seq, prev.Seq)
	case r.Prev != prev.Hash:
		return fmt.Errorf("%w: audit record %d does not follow on record %d: one of them was replaced", ErrBroken, r.Seq, prev.Seq)
	case r.Hash != Hash(r):
		return fmt.Errorf("%w: audit record %d was changed after it was written", ErrBroken, r.Seq)
	}
	return nil
}

// Seal makes the record of e that follows prev.
func Seal(prev Record, e Entry, detail []byte, at time.Time) Record {
	r := Record{
		Seq: prev.Seq + 1, At: at.UTC().Truncate(time.Microsecond),
		Actor: e.Actor, Act: e.Act, Object: e.Object, Detail: detail, Prev: prev.Hash,
	}
	r.Hash = Hash(r)
	return r
}

// A hash.Hash never returns an error from Write.
func addText(h hash.Hash, s string) {
	addNumber(h, int64(len(s)))
	h.Write([]byte(s))
}

func addNumber(h hash.Hash, n int64) {
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
}
