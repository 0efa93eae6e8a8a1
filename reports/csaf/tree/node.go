package tree

import (
	"encoding/json"
	"iter"
	"strconv"
	"strings"
)

// A Node is one value of a document, with its place. The zero Node is a value
// that is not there.
type Node struct {
	value any
	path  string
}

// At follows keys down through objects.
func (n Node) At(keys ...string) Node {
	for _, key := range keys {
		object, _ := n.value.(map[string]any)
		n = Node{value: object[key], path: n.path + "/" + escape.Replace(key)}
	}
	return n
}

// escape is that of JSON pointers, RFC 6901.
var escape = strings.NewReplacer("~", "~0", "/", "~1")

// Items are the elements of an array, in order.
func (n Node) Items() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		array, _ := n.value.([]any)
		for i, v := range array {
			if !yield(Node{value: v, path: n.path + "/" + strconv.Itoa(i)}) {
				return
			}
		}
	}
}

// Texts are the texts of an array, in order.
func (n Node) Texts() []string {
	var out []string
	for item := range n.Items() {
		if s := item.Text(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Len counts the elements of an array.
func (n Node) Len() int {
	array, _ := n.value.([]any)
	return len(array)
}

// Text is the value of a text, else "".
func (n Node) Text() string {
	s, _ := n.value.(string)
	return s
}

// Number is the value of a number.
func (n Node) Number() (value float64, ok bool) {
	number, ok := n.value.(json.Number)
	if !ok {
		return 0, false
	}
	value, err := number.Float64()
	return value, err == nil
}

// Exists tells whether there is a value, other than null.
func (n Node) Exists() bool { return n.value != nil }

// Path is the place as a JSON pointer: "/document/notes/0"; "" is the whole.
func (n Node) Path() string { return n.path }

// Value is the value as encoding/json would read it, numbers as json.Number.
// It is shared: it must not be changed.
func (n Node) Value() any { return n.value }
