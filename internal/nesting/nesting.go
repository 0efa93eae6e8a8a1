// Package nesting looks how deep JSON is nested before anybody parses it:
// parsers recurse, and a peer must not choose how far.
package nesting

// Within tells whether brackets nest at most so many levels, without building
// anything. What is not JSON gets some answer; only its parser knows.
func Within(raw []byte, levels int) bool {
	open, quoted, escaped := 0, false, false
	for _, c := range raw {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if open++; open > levels {
				return false
			}
		case c == '}' || c == ']':
			open--
		}
	}
	return true
}
