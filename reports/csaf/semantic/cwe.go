package semantic

import (
	_ "embed"
	"strings"
	"sync"
)

// cweList has a weakness and a name in each line, sorted by id, the newest
// name of a weakness first.
//
//go:embed cwe.tsv
var cweList string

// cweNames reads the list when it is first asked for.
var cweNames = sync.OnceValue(func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for line := range strings.Lines(cweList) {
		id, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if out[id] == nil {
			out[id] = map[string]bool{}
		}
		out[id][name] = true
	}
	return out
})

// weaknessNames are the names that a weakness has or had, none when CWE does
// not know it.
func weaknessNames(id string) map[string]bool { return cweNames()[id] }
