package semantic

import (
	"strings"

	"golang.org/x/text/language"
)

// maxLanguage is longer than any language tag that somebody means.
const maxLanguage = 100

func (c *checker) languages() {
	for _, key := range []string{"lang", "source_lang"} {
		n := c.meta.At(key)
		if !n.Exists() {
			continue
		}
		if s := n.Text(); len(s) > maxLanguage {
			c.report(n, "the language tag is too long")
		} else if _, err := language.Parse(s); err != nil {
			c.report(n, "%s is not a registered language tag", s)
		}
	}
}

func (c *checker) translator() {
	if c.meta.At("publisher", "category").Text() == "translator" && !c.meta.At("source_lang").Exists() {
		c.report(c.meta.At("source_lang"), "a translator has to say from which language")
	}
}

func (c *checker) translation() {
	lang, source := c.meta.At("lang"), c.meta.At("source_lang")
	if lang.Exists() && source.Exists() && strings.EqualFold(lang.Text(), source.Text()) {
		c.report(source, "the document is in %s already", lang.Text())
	}
}
