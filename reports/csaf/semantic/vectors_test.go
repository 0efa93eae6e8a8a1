package semantic

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// otherFailures are vectors that fail further tests besides their own. They
// were written to show one mistake, and the standard finds it in two places.
var otherFailures = map[string][]string{
	// Sorted by date, their history begins with 2, or leaves out 9, ...
	"oasis_csaf_tc-csaf_2_0-2021-6-1-14-01.json": {"6.1.21"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-14-04.json": {"6.1.21"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-14-06.json": {"6.1.21"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-14-08.json": {"6.1.21"},
	// ... and ends with 1, which is not the version.
	"oasis_csaf_tc-csaf_2_0-2021-6-1-14-02.json": {"6.1.16", "6.1.21"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-14-03.json": {"6.1.16", "6.1.21"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-14-05.json": {"6.1.16", "6.1.21"},
	// A final document of version 0.9.5, with just that in its history.
	"oasis_csaf_tc-csaf_2_0-2021-6-1-17-01.json": {"6.1.18"},
	// An interim document of version 1.0.0-alpha and revision 1.0.0.
	"oasis_csaf_tc-csaf_2_0-2021-6-1-20-01.json": {"6.1.16", "6.1.17"},
	// They lack the rest of what their profile demands, too.
	"oasis_csaf_tc-csaf_2_0-2021-6-1-27-01-01.json": {"6.1.27.2"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-27-02-01.json": {"6.1.27.1"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-27-03-01.json": {"6.1.27.1", "6.1.27.2"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-27-04-01.json": {"6.1.27.5", "6.1.27.6"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-27-05-01.json": {"6.1.27.4", "6.1.27.6"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-27-06-01.json": {"6.1.27.4", "6.1.27.5"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-27-07-01.json": {"6.1.27.5", "6.1.27.8"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-27-08-01.json": {"6.1.27.4", "6.1.27.5", "6.1.27.7"},
	"oasis_csaf_tc-csaf_2_0-2021-6-1-27-10-01.json": {"6.1.27.5"},
}

// TestVectors judges the documents of the OASIS committee: one that fails a
// test has to fail that one, and no other but those above.
func TestVectors(t *testing.T) {
	dir := "../../../../shared/data/csaf-2.0-vectors"
	list, err := os.ReadFile(filepath.Join(dir, "testcases.json"))
	if err != nil {
		t.Skipf("the vectors of OASIS are not here: %v", err)
	}
	type vector struct {
		Name  string
		Valid bool
	}
	var cases struct {
		Tests []struct {
			ID, Group       string
			Failures, Valid []vector
		}
	}
	if err := json.Unmarshal(list, &cases); err != nil {
		t.Fatal(err)
	}
	var ids []string
	vectors := 0
	for _, group := range cases.Tests {
		if group.Group != "mandatory" {
			continue
		}
		ids = append(ids, group.ID)
		for _, v := range slices.Concat(group.Failures, group.Valid) {
			vectors++
			name := filepath.Base(v.Name)
			raw, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			problems, err := Check(raw)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			want := slices.Clone(otherFailures[name])
			if !v.Valid {
				want = append(want, group.ID)
			}
			slices.Sort(want)
			if got := failed(problems); !slices.Equal(got, want) {
				t.Errorf("%s fails %v, want %v: %+v", name, got, want, problems)
			}
		}
	}
	for _, test := range tests {
		if !slices.Contains(ids, test.id) {
			t.Errorf("no vector is for %s", test.id)
		}
	}
	t.Logf("judged %d vectors of %d tests", vectors, len(ids))
}

// failed are the tests with problems, each once, sorted.
func failed(problems []Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Test)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
