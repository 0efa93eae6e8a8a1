package inventory

import (
	"errors"
	"slices"
	"strconv"
	"testing"
)

// pages lists 0 to 6, three to a page; with broken, the second page fails.
func pages(broken error) func(Page) ([]int, string, error) {
	return func(p Page) ([]int, string, error) {
		from, _ := strconv.Atoi(p.Cursor)
		if from > 0 && broken != nil {
			return nil, "", broken
		}
		all := []int{0, 1, 2, 3, 4, 5, 6}
		if from+3 >= len(all) {
			return all[from:], "", nil
		}
		return all[from : from+3], strconv.Itoa(from + 3), nil
	}
}

func TestListsAreFollowedToTheirEnd(t *testing.T) {
	if got, err := Every(pages(nil)); err != nil || !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6}) {
		t.Errorf("a list of three pages gives %v, %v", got, err)
	}
	down := errors.New("down")
	if _, err := Every(pages(down)); !errors.Is(err, down) {
		t.Errorf("a page that fails gives %v", err)
	}
	var seen []int
	err := Each(pages(nil), func(i int) error {
		if seen = append(seen, i); i == 4 {
			return down
		}
		return nil
	})
	if !errors.Is(err, down) || len(seen) != 5 {
		t.Errorf("what fails at the fifth item has seen %v: %v", seen, err)
	}
}
