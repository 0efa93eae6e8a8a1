package tree

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	n, err := Parse([]byte(`{"a": [{"b/c~": "text"}, 7.5, null], "A": "other"}`))
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for item := range n.At("a").Items() {
		paths = append(paths, item.Path())
		if b := item.At("b/c~"); b.Exists() {
			paths = append(paths, b.Path(), b.Text())
		}
		if x, ok := item.Number(); ok && x != 7.5 {
			t.Errorf("Number = %v, want 7.5", x)
		}
	}
	if want := []string{"/a/0", "/a/0/b~1c~0", "text", "/a/1", "/a/2"}; !slices.Equal(paths, want) {
		t.Errorf("paths = %q, want %q", paths, want)
	}
	if n.At("a").Len() != 3 || n.At("A").Text() != "other" || n.At("x", "y").Exists() {
		t.Errorf("the keys are confused: %v", n.Value())
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"empty", "", "unexpected end"},
		{"cut off", `{"a": [`, "unexpected end"},
		{"two values", `{} {}`, "after top-level value"},
		{"not UTF-8", "\"\xff\"", "not UTF-8"},
		{"byte order mark", "\ufeff{}", "invalid character"},
		{"key twice", `{"a": {"b": 1, "b": 2}}`, `key "b" twice`},
		{"key twice, once escaped", `{"b": 1, "\u0062": 2}`, `key "b" twice`},
		{"too deep", strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), "nested deeper"},
		{"far too deep", strings.Repeat("[", 1<<20), "exceeded max depth"},
		{"too many", "[" + strings.Repeat("0,", MaxNodes) + "0]", "more than 500000 values"},
		{"too big", strings.Repeat(" ", MaxBytes+1), "bytes are more than"},
		{"number with a great exponent", `[1e999999999]`, "out of range"},
		{"number with a small exponent", `[1E-999999999]`, "out of range"},
		{"number with many digits", "[" + strings.Repeat("9", 100) + "]", "digits"},
	} {
		if _, err := Parse([]byte(c.raw)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
	if _, err := Parse([]byte(strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth))); err != nil {
		t.Errorf("as deep as allowed: %v", err)
	}
}
