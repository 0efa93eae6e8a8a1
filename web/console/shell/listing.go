package shell

import (
	"fmt"
	"slices"
	"strings"
)

// A Chip is one filter of a list that is in force.
type Chip struct {
	Name, Value string
	Called      string // what people call the object of which Value is the id, "" for a word
	Without     string // the address of the list without it
}

// Chips are the filters in the page's address. keys has in turns the key of a
// query and what people call it; keys that are not named are none.
func (v View) Chips(keys []any) ([]Chip, error) {
	if len(keys)%2 != 0 {
		return nil, fmt.Errorf("chips of %d values: not in pairs", len(keys))
	}
	var out []Chip
	query := v.q.R.URL.Query()
	for pair := range slices.Chunk(keys, 2) {
		key := fmt.Sprint(pair[0])
		for _, value := range query[key] {
			if value != "" {
				out = append(out, Chip{Name: fmt.Sprint(pair[1]), Value: value, Called: v.q.name(key, value), Without: v.Without(key, value)})
			}
		}
	}
	return out, nil
}

// Sorted is how the list is sorted by a key, as aria-sort has it; "" when it
// is not.
func (v View) Sorted(key string) string {
	switch v.Query("sort") {
	case key:
		return "ascending"
	case "-" + key:
		return "descending"
	}
	return ""
}

// SortBy is the address of the list sorted by a key, and the other way round
// where it is already. first is "desc" for keys whose largest come first.
func (v View) SortBy(key string, first any) string {
	down := first == "desc"
	if now := v.Sorted(key); now != "" {
		down = now == "ascending"
	}
	if down {
		return v.With("sort", "-"+strings.TrimPrefix(key, "-"))
	}
	return v.With("sort", key)
}
