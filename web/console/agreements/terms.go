package agreements

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/console/shell"
)

// The usual terms have fields of their own. What is not usual stands in the
// agreement's file, which the form carries along: fields replace what they
// name in it and leave the rest as it is.

// A kind is how a term is written in the file.
type kind int

const (
	text kind = iota
	number
	flag
	several
)

// usual are the terms with fields, by their place in the file.
var usual = func() map[string]kind {
	out := map[string]kind{
		"team": text, "reference": text, "title": text, "effective_at": text, "expires_at": text, "review_at": text, "notice_days": number,
		"auto_renew": flag, "reciprocity": text, "themes": several,
	}
	for _, side := range []string{"ours", "theirs"} {
		for _, name := range []string{"authority", "cert", "legal_basis"} {
			out[side+"."+name] = text
		}
	}
	for _, way := range []string{"give", "take"} {
		for name, k := range map[string]kind{
			"categories": several, "ceiling": text, "default_tlp": text, "sectors": several, "onward": text, "victims": text, "retain_days": number,
			"ack_hours": number, "answer_hours": number, "channels": several, "auto_accept": flag, "referral_ok": flag,
		} {
			out[way+"."+name] = k
		}
	}
	return out
}()

// choices are the words that a term knows.
var choices = map[string][]string{
	"categories": {"vulnerability", "exposure", "indicators", "incident", "statistics"},
	"tlp":        {"clear", "green", "amber", "amber+strict", "red"},
	"sectors":    {"energy", "banking", "telecom", "transport", "health", "government", "water", "defence", "industry", "other"},
	"onward":     {"none", "constituents", "with_consent", "free"},
	"victims":    {"never", "own"},
	"channels":   {"csaf", "taxii", "misp", "push", "mail", "bundle"},
	"themes":     {"information_exchange", "cybercrime", "cii_protection", "incident_response", "cyber_norms"},
}

// Options are the choices of a term in words.
func (v editView) Options(of string) []shell.Option {
	var out []shell.Option
	for _, c := range choices[of] {
		o := shell.Option{Value: c, Text: v.Word(strings.ReplaceAll(c, "_", " "))}
		if of == "tlp" {
			o.Text = "TLP:" + strings.ToUpper(c)
		}
		out = append(out, o)
	}
	return out
}

// A file is an agreement's, as JSON has it.
type file map[string]any

func parse(text string) (file, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var f file
	if err := dec.Decode(&f); err != nil {
		return nil, err
	}
	if f == nil {
		return nil, errors.New("null is no agreement")
	}
	return f, nil
}

func (f file) String() string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(f) // it was read from JSON: cannot fail
	return b.String()
}

// at is the object that holds a term, and its name there.
func (f file) at(place string) (map[string]any, string) {
	side, name, ok := strings.Cut(place, ".")
	if !ok {
		return f, place
	}
	inner, ok := f[side].(map[string]any)
	if !ok {
		inner = map[string]any{}
		f[side] = inner
	}
	return inner, name
}

// plain fills the fields with what a file says.
func (f file) plain() url.Values {
	out := url.Values{"terms": {f.String()}}
	for place, k := range usual {
		in, name := f.at(place)
		switch v := in[name].(type) {
		case string:
			if strings.HasSuffix(place, "_at") && len(v) > len(time.DateOnly) {
				v = v[:len(time.DateOnly)] // fields know days; take keeps the hour
			}
			out.Set(place, v)
		case json.Number:
			out.Set(place, v.String())
		case bool:
			if v {
				out.Set(place, "yes")
			}
		case []any:
			if k == several {
				out[place] = words(v)
			}
		}
	}
	return out
}

func words(all []any) []string {
	var out []string
	for _, one := range all {
		if s, ok := one.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// take puts what was typed into the file. The order of a list, which says what
// is preferred, stays as the file has it.
func (f file) take(form shell.Form) {
	for place, k := range usual {
		in, name := f.at(place)
		typed := strings.TrimSpace(form.Get(place))
		switch k {
		case flag:
			in[name] = typed != ""
		case number:
			in[name] = typed // no number: the API says so
			if n, err := strconv.Atoi(typed); err == nil || typed == "" {
				in[name] = n
			}
		case several:
			was, _ := in[name].([]any)
			chosen := slices.DeleteFunc(words(was), func(s string) bool { return !form.Has(place, s) })
			for _, s := range form.Values[place] {
				if !slices.Contains(chosen, s) {
					chosen = append(chosen, s)
				}
			}
			in[name] = append([]string{}, chosen...)
		case text:
			was, _ := in[name].(string)
			if strings.HasSuffix(place, "_at") && typed != "" && strings.HasPrefix(was, typed) {
				continue // the same day
			}
			if in[name] = typed; typed == "" && strings.HasSuffix(place, "_at") {
				delete(in, name)
			}
		}
	}
}
