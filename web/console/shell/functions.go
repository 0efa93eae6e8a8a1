package shell

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
)

// functions are what templates may call besides a view's methods.
var functions = template.FuncMap{
	"dict":     dict,
	"merge":    merge,
	"hasKey":   func(m map[string]any, key string) bool { _, ok := m[key]; return ok },
	"list":     func(v ...any) []any { return v },
	"lower":    strings.ToLower,
	"words":    words,
	"plus":     func(a, b int) int { return a + b },
	"minus":    func(n int) int { return -n },
	"tone":     tone,
	"has":      func(all []string, one string) bool { return slices.Contains(all, one) },
	"tlpName":  tlpName,
	"tlpClass": func(s string) string { return strings.ReplaceAll(strings.ToLower(tlpName(s)), "+", "-") },
}

// dict gives a part several values: {{template "field" dict "view" $ "name" "cron"}}.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict of %d values: not in pairs", len(pairs))
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v is a %T", pairs[i], pairs[i])
		}
		out[key] = pairs[i+1]
	}
	return out, nil
}

// merge is dict with what a part was given itself.
func merge(given map[string]any, pairs ...any) (map[string]any, error) {
	more, err := dict(pairs...)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(given)
	maps.Copy(out, more)
	return out, nil
}

// spoken are names of the API for which people say something else than the
// name without its underscores.
var spoken = map[string]string{"week": "within a week", "disputed": "not mine (disputed)", "coarsen": "made coarse", "drop": "left out", "keep": "kept", "cvss": "CVSS", "epss": "EPSS"}

// words makes a name of the API readable: waiting_reviewed is "waiting
// reviewed".
func words(s string) string {
	if say, ok := spoken[s]; ok {
		return say
	}
	return strings.ReplaceAll(s, "_", " ")
}

// tlpName is a TLP 2.0 label without its prefix, and RED for what is none: a
// page never shows less protection than there may be.
func tlpName(s string) string {
	name := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(s)), "TLP:")
	switch name {
	case "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED":
		return name
	case "AMBER_STRICT", "AMBER-STRICT":
		return "AMBER+STRICT"
	}
	return "RED"
}

// tone is how a state is coloured: done, under way, waiting for somebody, or
// wrong. A state that is not here is plain; its word says what it is.
func tone(state string) string {
	switch words(strings.ToLower(state)) {
	case "fixed", "done", "complete", "completed", "approved", "published", "released", "delivered", "sent", "opened", "acknowledged", "accepted",
		"verified", "active", "open and well", "ok", "healthy", "intact", "granted":
		return "good"
	case "running", "queued", "in progress", "triaged", "notified", "sending", "scheduled", "checked", "submitted":
		return "busy"
	case "new", "waiting", "draft", "pending", "held", "on hold", "paused", "disputed", "accepted risk", "compensating control",
		"false positive", "not mine", "not mine (disputed)", "expiring", "stale", "partial", "blocked", "cancelled", "in review", "review":
		return "warn"
	case "failed", "bounced", "refused", "rejected", "revoked", "expired", "back again", "overdue", "broken", "unreachable", "error", "withdrawn":
		return "bad"
	}
	return "plain"
}
