package nuclei

import "sync"

// A pool keeps idle children warm.
type pool struct {
	cfg    Config
	mu     sync.Mutex
	idle   []*child
	closed bool
}

// take returns a child that does nothing else, a warm one where there is one.
func (p *pool) take() (*child, error) {
	for {
		c := p.pop()
		if c == nil {
			return startChild(p.cfg)
		}
		if p.fit(c) {
			return c, nil
		}
		c.end()
	}
}

func (p *pool) pop() *child {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return c
}

// put keeps a child for the next work, or ends it. One that failed, or that
// was in the middle of something, is never kept.
func (p *pool) put(c *child) {
	if !p.fit(c) || !p.keep(c) {
		c.end()
	}
}

func (p *pool) keep(c *child) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.idle = append(p.idle, c)
	}
	return !p.closed
}

// fit tells whether a child may work on: alive, trusted, neither worn out, nor
// old, nor grown to half of what would have it killed.
func (p *pool) fit(c *child) bool {
	return c.alive() && !c.spoiled && c.jobs < p.cfg.JobsPerChild &&
		p.cfg.Now().Sub(c.started) < p.cfg.ChildAge && c.resident() < p.cfg.MemoryLimit/2
}

func (p *pool) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range idle {
		c.end()
	}
}
