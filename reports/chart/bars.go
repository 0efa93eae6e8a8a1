package chart

import (
	"html/template"
	"slices"
)

// A Bar is one number.
type Bar struct {
	Label string
	Note  string // beside the label: "2 new, 1 fixed"
	Value int
	Also  []int // further columns of the table, not drawn
	Tone  Tone
	Href  string // where its list is: "#id" or "/path"
}

// longestBar leaves room for the number after it, in percent.
const longestBar = 68

// Bars draws one bar below the other, each under its label, from zero. The
// table beneath has also the columns that are named. Without bars, or with
// every number of them 0, it says f.Empty.
func Bars(f Frame, bars []Bar, also ...string) template.HTML {
	d := newDrawing(f)
	longest := 0
	for _, b := range bars {
		longest = max(longest, b.Value)
	}
	if nothing(bars) {
		return d.render()
	}
	d.Head = append(d.Head, d.Unit)
	for _, h := range also {
		d.Head = append(d.Head, clean(h))
	}
	for _, b := range bars {
		name, href := clean(b.Label), local(b.Href)
		d.add(d.bar(b, name, href, longest))
		row := tableRow{Name: name, Href: href, Cells: []string{d.number(b.Value)}}
		for i := range also {
			n := Unknown
			if i < len(b.Also) {
				n = b.Also[i]
			}
			row.Cells = append(row.Cells, d.number(n))
		}
		d.Body = append(d.Body, row)
	}
	return d.render()
}

// nothing tells whether all that the bars could tell is 0.
func nothing(bars []Bar) bool {
	return !slices.ContainsFunc(bars, func(b Bar) bool {
		return b.Value != 0 || slices.ContainsFunc(b.Also, func(n int) bool { return n != 0 })
	})
}

func (d *drawing) bar(b Bar, name, href string, longest int) group {
	g := group{Href: href, Y: d.Height}
	top := g.named("", name, clean(b.Note))
	y := g.Y + top
	g.H = top + barHeight + rowGap
	length := percent(b.Value, longest) * longestBar / 100
	value := label{X: length, DX: .4, Y: y + .9, Value: d.number(b.Value)}
	if b.Value > 0 {
		tone := b.Tone.known()
		g.Boxes = []box{{X: 0, W: length, Y: y, H: barHeight, Tone: tone, Fill: d.fill(tone)}}
	} else {
		value.DX = 0
	}
	g.Labels = append(g.Labels, value)
	return g
}
