package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a document. Parse refuses what goes beyond.
const (
	MaxBytes = 10 << 20
	MaxDepth = 64
	MaxNodes = 500_000 // objects, arrays, texts, numbers and so on
)

// maxNumber and maxExponent are far beyond any number of an advisory, and
// keep readers that compute exactly from writing out 1e999999999.
const (
	maxNumber   = 64 // letters
	maxExponent = 300
)

// Parse reads one JSON value.
func Parse(raw []byte) (Node, error) {
	switch {
	case len(raw) > MaxBytes:
		return Node{}, fmt.Errorf("read JSON: %d bytes are more than %d", len(raw), MaxBytes)
	case !utf8.Valid(raw):
		return Node{}, errors.New("read JSON: the text is not UTF-8")
	case !json.Valid(raw):
		var v any
		return Node{}, fmt.Errorf("read JSON: %w", json.Unmarshal(raw, &v))
	}
	p := parser{dec: json.NewDecoder(bytes.NewReader(raw))}
	p.dec.UseNumber()
	v, err := p.value(1)
	if err != nil {
		return Node{}, fmt.Errorf("read JSON: %w", err)
	}
	return Node{value: v}, nil
}

type parser struct {
	dec   *json.Decoder
	nodes int
}

func (p *parser) value(depth int) (any, error) {
	if p.nodes++; p.nodes > MaxNodes {
		return nil, fmt.Errorf("it has more than %d values", MaxNodes)
	}
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if depth > MaxDepth {
			return nil, fmt.Errorf("it is nested deeper than %d", MaxDepth)
		}
		if token == '{' {
			return p.object(depth)
		}
		return p.array(depth)
	case json.Number:
		return token, checkNumber(token)
	default:
		return token, nil
	}
}

func (p *parser) object(depth int) (any, error) {
	out := map[string]any{}
	for p.dec.More() {
		token, err := p.dec.Token()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string) // valid JSON has nothing else here
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("an object has the key %.40q twice", key)
		}
		if out[key], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err := p.dec.Token()
	return out, err
}

func (p *parser) array(depth int) (any, error) {
	out := []any{}
	for p.dec.More() {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := p.dec.Token()
	return out, err
}

func checkNumber(n json.Number) error {
	if len(n) > maxNumber {
		return fmt.Errorf("a number has more than %d digits", maxNumber)
	}
	if i := strings.IndexAny(string(n), "eE"); i >= 0 {
		if e, err := strconv.Atoi(string(n[i+1:])); err != nil || e > maxExponent || e < -maxExponent {
			return fmt.Errorf("the number %s is out of range", n)
		}
	}
	return nil
}
