package misp

import "slices"

// dropEmpty takes out the objects that say nothing.
func (b *builder) dropEmpty() {
	b.e.Objects = slices.DeleteFunc(b.e.Objects, func(o Object) bool { return len(o.Attributes) == 0 })
}

// deleteLost adds what was in the earlier event and is no more, as deleted.
func (b *builder) deleteLost(old Event) {
	for _, o := range old.Objects {
		i := slices.IndexFunc(b.e.Objects, func(have Object) bool { return have.UUID == o.UUID })
		if i < 0 {
			o.delete()
			b.e.Objects = append(b.e.Objects, o)
			continue
		}
		have := &b.e.Objects[i]
		have.Attributes = withLost(have.Attributes, o.Attributes)
		for _, r := range o.References {
			if !slices.ContainsFunc(have.References, func(x Reference) bool { return x.UUID == r.UUID }) {
				r.Deleted = true
				have.References = append(have.References, r)
			}
		}
	}
	b.e.Attributes = withLost(b.e.Attributes, old.Attributes)
	for _, r := range old.Reports {
		if !slices.ContainsFunc(b.e.Reports, func(x Report) bool { return x.UUID == r.UUID }) {
			r.Deleted = true
			b.e.Reports = append(b.e.Reports, r)
		}
	}
}

func withLost(now, before []Attribute) []Attribute {
	for _, a := range before {
		if !slices.ContainsFunc(now, func(x Attribute) bool { return x.UUID == a.UUID }) {
			a.Deleted = true
			now = append(now, a)
		}
	}
	return now
}

// deleteAll leaves of a withdrawn advisory which document it is and why it
// is withdrawn.
func (b *builder) deleteAll() {
	for i := range b.e.Attributes {
		if !isDocument(b.e.Attributes[i]) {
			b.e.Attributes[i].Deleted = true
		}
	}
	for i := range b.e.Objects {
		b.e.Objects[i].delete()
	}
}

func (o *Object) delete() {
	o.Deleted = true
	for i := range o.Attributes {
		o.Attributes[i].Deleted = true
	}
	for i := range o.References {
		o.References[i].Deleted = true
	}
}
