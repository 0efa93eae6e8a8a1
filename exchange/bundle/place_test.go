package bundle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlace(t *testing.T) {
	for _, c := range []struct {
		name string
		seen []int64
		seq  int64
		want string
	}{
		{"the first", nil, 1, "new"},
		{"the next", []int64{1, 2}, 3, "new"},
		{"again", []int64{1, 2, 3}, 2, "replay"},
		{"one missing", []int64{1, 2}, 4, "gap: 3 missing"},
		{"several missing", []int64{1}, 6, "gap: 2-5 missing"},
		{"never began", nil, 4, "gap: 1-3 missing"},
		{"late, and all are there", []int64{1, 3}, 2, "new"},
		{"late, and others are missing", []int64{1, 7, 5}, 3, "gap: 2, 4, 6 missing"},
		{"again, and others are missing", []int64{1, 4}, 4, "replay: 2-3 missing"},
		{"seen twice in the list", []int64{1, 1, 2}, 3, "new"},
		{"as high as can be", []int64{1}, 1<<63 - 1, "gap: 2-9223372036854775806 missing"},
	} {
		before := append([]int64(nil), c.seen...)
		if got := Place(c.seen, c.seq).String(); got != c.want {
			t.Errorf("%s: Place(%v, %d) = %s, want %s", c.name, c.seen, c.seq, got, c.want)
		}
		if diff := cmp.Diff(before, c.seen); diff != "" {
			t.Errorf("%s: Place changes what it was given:\n%s", c.name, diff)
		}
	}
}
