package nesting

import (
	"strings"
	"testing"
)

func TestWithin(t *testing.T) {
	for name, tt := range map[string]struct {
		raw  string
		want int // levels
	}{
		"nothing":                           {"", 0},
		"one value":                         {`"a"`, 0},
		"lists and objects count alike":     {`{"a":[{"b":1}]}`, 3},
		"neighbours are not deeper":         {`[[],[],{}]`, 2},
		"brackets in text do not count":     {`["[[[{{{"]`, 1},
		"an escaped quote does not end it":  {`["\"[[["]`, 1},
		"an escaped backslash is no escape": {`["\\",[]]`, 2},
		"what never closes":                 {strings.Repeat("[", 1000), 1000},
	} {
		t.Run(name, func(t *testing.T) {
			if !Within([]byte(tt.raw), tt.want) || tt.want > 0 && Within([]byte(tt.raw), tt.want-1) {
				t.Errorf("%.40s is not found to have %d levels", tt.raw, tt.want)
			}
		})
	}
}
