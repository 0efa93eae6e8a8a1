package audit

import (
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 123456000, time.UTC)

func chain(n int) []Record {
	var out []Record
	var prev Record
	for range n {
		prev = Seal(prev, Entry{Actor: "mara", Act: "asset.create", Object: "A-1"}, []byte(`{"count":1}`), noon)
		out = append(out, prev)
	}
	return out
}

// verify walks a chain as the store does and returns the first complaint.
func verify(records []Record) error {
	var prev Record
	for _, r := range records {
		if err := Check(prev, r); err != nil {
			return err
		}
		prev = r
	}
	return nil
}

func TestHashIsStable(t *testing.T) {
	// The bytes that are hashed may never change: stored logs depend on them.
	const want = "1f2d131a81ea3456df3d1496d732bfc0edf909566d4e12c0f3cfcd2d1cf3ae61"
	r := Record{Seq: 7, At: noon, Actor: "mara", Act: "scan.cancel", Object: "S-5", Detail: []byte(`{"a":1}`), Prev: "ab"}
	if got := Hash(r); got != want {
		t.Errorf("Hash(r) = %q, want %q", got, want)
	}
}

func TestHashCoversEveryField(t *testing.T) {
	base := Record{Seq: 1, At: noon, Actor: "a", Act: "b", Object: "c", Detail: []byte("d"), Prev: "e"}
	changes := map[string]func(*Record){
		"seq":                                 func(r *Record) { r.Seq++ },
		"at":                                  func(r *Record) { r.At = r.At.Add(time.Microsecond) },
		"actor":                               func(r *Record) { r.Actor = "x" },
		"act":                                 func(r *Record) { r.Act = "x" },
		"object":                              func(r *Record) { r.Object = "x" },
		"detail":                              func(r *Record) { r.Detail = []byte("x") },
		"prev":                                func(r *Record) { r.Prev = "x" },
		"a character moved to the next field": func(r *Record) { r.Actor, r.Act = "", "ab" },
	}
	for name, change := range changes {
		r := base
		change(&r)
		if Hash(r) == Hash(base) {
			t.Errorf("%s: changing it does not change the hash", name)
		}
	}
}

func TestHashIgnoresTheZone(t *testing.T) {
	r := Record{At: noon}
	local := Record{At: noon.In(time.FixedZone("east", 19800))}
	if Hash(r) != Hash(local) {
		t.Error("the same moment in two zones has two hashes")
	}
}

func TestCheck(t *testing.T) {
	if err := verify(chain(5)); err != nil {
		t.Fatalf("an untouched chain: %v", err)
	}
	tests := []struct {
		name   string
		tamper func([]Record) []Record
		want   string
	}{
		{"a changed object", func(r []Record) []Record { r[2].Object = "A-9"; return r }, "record 3 was changed"},
		{"a change with a new hash", func(r []Record) []Record {
			r[2].Object = "A-9"
			r[2].Hash = Hash(r[2])
			return r
		}, "record 4 does not follow"},
		{"a removed record", func(r []Record) []Record { return append(r[:2], r[3:]...) }, "record 4 follows 2"},
		{"a removed record, the rest renumbered", func(r []Record) []Record {
			r = append(r[:2], r[3:]...)
			r[2].Seq = 3
			return r
		}, "record 3 does not follow"},
		{"an inserted record", func(r []Record) []Record { return append(r[:3:3], r[2:]...) }, "record 3 follows 3"},
		{"a removed first record", func(r []Record) []Record { return r[1:] }, "record 2 follows 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := verify(tt.tamper(chain(5)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("verify = %v, want %q", err, tt.want)
			}
		})
	}
}
