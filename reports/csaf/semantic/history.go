package semantic

import "github.com/ciiscan/ciiscan/reports/csaf/tree"

func (c *checker) unsortedHistory() {
	for i := 1; i < len(c.history); i++ {
		before, r := c.history[i-1], c.history[i]
		if before.ok && r.ok && r.version.compare(before.version) < 0 {
			c.report(r.number, "the number %s is of a later date than %s", r.number.Text(), before.number.Text())
		}
	}
}

func (c *checker) latestVersion() {
	if len(c.history) == 0 {
		return
	}
	at := c.tracking.At("version")
	last := c.history[len(c.history)-1]
	v, ok := parseVersion(at.Text())
	if !ok || !last.ok {
		return
	}
	latest := last.version
	if c.status == "draft" {
		v.preRelease, latest.preRelease = nil, nil
	}
	if v.compare(latest) != 0 {
		c.report(at, "the version is %s, the latest revision is %s", at.Text(), last.number.Text())
	}
}

// draftStatus wants what is not finished to say so.
func (c *checker) draftStatus() {
	at := c.tracking.At("version")
	v, ok := parseVersion(at.Text())
	if ok && (v.unfinished() || len(v.preRelease) > 0) && c.tracking.At("status").Exists() && c.status != "draft" {
		c.report(c.tracking.At("status"), "the version %s is a draft's, but the status is %s", at.Text(), c.status)
	}
}

func (c *checker) released() bool { return c.status == "final" || c.status == "interim" }

func (c *checker) releasedHistory() {
	for _, r := range c.history {
		if c.released() && r.ok && r.version.unfinished() {
			c.report(r.number, "the released document has the draft %s in its history", r.number.Text())
		}
	}
}

func (c *checker) preReleaseHistory() {
	for _, r := range c.history {
		if len(r.version.preRelease) > 0 {
			c.report(r.number, "the history has the pre-release %s", r.number.Text())
		}
	}
}

func (c *checker) preReleaseVersion() {
	at := c.tracking.At("version")
	if v, ok := parseVersion(at.Text()); ok && c.released() && len(v.preRelease) > 0 {
		c.report(at, "the released document has the pre-release version %s", at.Text())
	}
}

// missingRevisions wants a history that begins with 0 or 1 and has no gap.
// Of versions with dots the first number counts.
func (c *checker) missingRevisions() {
	for i, r := range c.history {
		if !r.ok {
			return
		}
		major := r.version.numbers[0]
		if i == 0 {
			if major > 1 {
				c.report(r.number, "the history begins with %s", r.number.Text())
			}
			continue
		}
		if before := c.history[i-1]; major > before.version.numbers[0]+1 {
			c.report(r.number, "after %s the history goes on with %s", before.number.Text(), r.number.Text())
		}
	}
}

func (c *checker) revisionsTwice() {
	seen := once{}
	for item := range c.tracking.At("revision_history").Items() {
		if n := item.At("number"); seen.before(n.Text()) {
			c.report(n, "the history has %s before", n.Text())
		}
	}
}

// mixedVersions wants all of one form, that of the version.
func (c *checker) mixedVersions() {
	at := c.tracking.At("version")
	form, ok := parseVersion(at.Text())
	if !ok {
		return
	}
	differs := func(n tree.Node) bool {
		v, ok := parseVersion(n.Text())
		return ok && v.integer != form.integer
	}
	for item := range c.tracking.At("revision_history").Items() {
		if n := item.At("number"); differs(n) {
			c.report(n, "the number %s is not of the form of the version %s", n.Text(), at.Text())
		}
	}
}
