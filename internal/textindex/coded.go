package textindex

// Coded knows what texts hold as base64, in both alphabets and beginning
// anywhere, and as hexadecimal digits.
type Coded struct{ set set }

// NewCoded makes an index for texts of so many bytes together.
func NewCoded(size int) *Coded { return &Coded{newSet(2 * size)} }

// Add adds a text without white space. Every four signs of base64 and every
// six digits are three bytes.
func (c *Coded) Add(text string) {
	var quad, digits uint64
	var quads, run int
	for i := range len(text) {
		if v := sextet(text[i]); v >= 0 {
			quad, quads = (quad<<6|uint64(v))&0xFFFFFF, quads+1
		} else {
			quads = 0
		}
		if v := nibble(text[i]); v >= 0 {
			digits, run = (digits<<4|uint64(v))&0xFFFFFF, run+1
		} else {
			run = 0
		}
		if quads >= 4 {
			c.set.put(quad)
		}
		if run >= 6 {
			c.set.put(digits)
		}
	}
}

// MayHold tells whether one of the texts may hold the encoding of value, of
// three bytes or more, or all of that but up to two bytes at either end.
func (c *Coded) MayHold(value string) bool {
	for skip := range 3 { // the bytes before the first whole group of four signs
		i := skip
		for i+3 <= len(value) && c.set.has(uint64(value[i])<<16|uint64(value[i+1])<<8|uint64(value[i+2])) {
			i += 3
		}
		if i+3 > len(value) {
			return true
		}
	}
	return false
}

func sextet(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	case c == '/' || c == '_':
		return 63
	}
	return -1
}

func nibble(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
