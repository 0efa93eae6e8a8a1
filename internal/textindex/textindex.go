// Package textindex tells, of very many strings, which a text surely does not
// hold, so that a search for a whole country's names and addresses looks
// closely at the few that it may hold. Every index errs to one side only: a
// "no" is certain, a "yes" has to be looked at.
package textindex

import "math/bits"

// maxBits bounds one set to 16 MiB, whatever the size of the texts. A text too
// large for it makes the answer "yes" more often, never wrong.
const maxBits = 27

// set is a bitmap of hashed keys.
type set struct {
	words []uint64
	shift int
}

// newSet makes room for n keys so that few others seem to be in it.
func newSet(n int) set {
	size := min(max(bits.Len(uint(n))+4, 10), maxBits)
	return set{make([]uint64, 1<<(size-6)), 64 - size}
}

func (s *set) slot(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 >> s.shift }

func (s *set) put(key uint64) {
	i := s.slot(key)
	s.words[i/64] |= 1 << (i % 64)
}

func (s *set) has(key uint64) bool {
	i := s.slot(key)
	return s.words[i/64]>>(i%64)&1 == 1
}

// gram is the length of the pieces that texts are known by.
const gram = 4

// Grams knows texts by their pieces of up to four bytes.
type Grams struct{ set set }

// NewGrams makes an index for texts of so many bytes together.
func NewGrams(size int) *Grams { return &Grams{newSet(size)} }

// Add adds a text.
func (g *Grams) Add(text string) {
	for i := range len(text) {
		key := uint64(0)
		for k := range min(gram, len(text)-i) {
			key = key<<8 | uint64(text[i+k])
			if k > 0 {
				g.set.put(key | uint64(k)<<32)
			}
		}
	}
}

// MayHold tells whether one of the texts may hold part.
func (g *Grams) MayHold(part string) bool { return mayHold(g, part) }

// MayHoldBytes is MayHold for what is put together in a buffer.
func (g *Grams) MayHoldBytes(part []byte) bool { return mayHold(g, part) }

// mayHold begins at the end: addresses of one network differ there.
func mayHold[T string | []byte](g *Grams, part T) bool {
	n := min(gram, len(part))
	if n < 2 {
		return true
	}
	for i := len(part) - n; i >= 0; i-- {
		key := uint64(n-1) << 32
		piece := uint64(0)
		for k := range n {
			piece = piece<<8 | uint64(part[i+k])
		}
		if !g.set.has(key | piece) {
			return false
		}
	}
	return true
}
