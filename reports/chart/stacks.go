package chart

import (
	"html/template"
	"strings"
)

// A Part is what one piece of every stack means.
type Part struct {
	Label string
	Tone  Tone // another for each part
	Href  string
}

// A Stack is one bar made of parts.
type Stack struct {
	Label  string // may be empty when there is one stack only
	Values []int  // one for each part; what is missing is unknown
	Href   string
}

// smallestPrinted is the share of the width, in percent, from which a piece
// has room for its number at 320 pixels.
const smallestPrinted = 14

// Stacks draws stacked bars from zero, all on one scale, and under them what
// each part means, with its sum. Without any number above 0 it says f.Empty.
func Stacks(f Frame, parts []Part, stacks []Stack) template.HTML {
	d := newDrawing(f)
	longest := 0
	for _, s := range stacks {
		longest = max(longest, total(s.Values))
	}
	if longest == 0 {
		return d.render()
	}
	for _, s := range stacks {
		d.add(d.stack(parts, s, longest))
	}
	d.stackTable(parts, stacks)
	for i, p := range parts {
		sum := Unknown
		for _, s := range stacks {
			if n := s.value(i); n >= 0 {
				sum = max(sum, 0) + n
			}
		}
		g, tone := d.legend(clean(p.Label), d.number(sum), local(p.Href)), p.Tone.known()
		g.Boxes = []box{{Y: g.Y + .4, H: 1, Tone: tone, Fill: d.fill(tone)}}
		d.add(g)
	}
	return d.render()
}

// stackTable has a row for each stack. One stack alone has a row for each of
// its parts, which needs less width.
func (d *drawing) stackTable(parts []Part, stacks []Stack) {
	if len(stacks) == 1 {
		d.Head = []string{d.Unit}
		for i, p := range parts {
			d.Body = append(d.Body, tableRow{Name: clean(p.Label), Href: local(p.Href), Cells: []string{d.number(stacks[0].value(i))}})
		}
		return
	}
	for _, p := range parts {
		d.Head = append(d.Head, clean(p.Label))
	}
	for _, s := range stacks {
		row := tableRow{Name: clean(s.Label), Href: local(s.Href)}
		for i := range parts {
			row.Cells = append(row.Cells, d.number(s.value(i)))
		}
		d.Body = append(d.Body, row)
	}
}

func (s Stack) value(part int) int {
	if part < len(s.Values) {
		return s.Values[part]
	}
	return Unknown
}

// total leaves out what is unknown.
func total(values []int) int {
	sum := 0
	for _, n := range values {
		sum += max(n, 0)
	}
	return sum
}

func (d *drawing) stack(parts []Part, s Stack, longest int) group {
	y, name := d.Height, clean(s.Label)
	g := group{Href: local(s.Href), Y: y}
	if name != "" {
		var missing []string // a stack that is too short must say so
		for i, p := range parts {
			if s.value(i) < 0 {
				missing = append(missing, clean(p.Label)+": "+d.Unknown)
			}
		}
		y += g.named(d.number(total(s.Values)), name, strings.Join(missing, ", "))
	}
	x := share(0)
	for i, p := range parts {
		n := s.value(i)
		w := percent(n, longest)
		if w == 0 {
			continue
		}
		tone := p.Tone.known()
		g.Boxes = append(g.Boxes, box{
			X: x, W: w, Y: y, H: barHeight * 1.4, Tone: tone, Fill: d.fill(tone), Title: clean(p.Label) + ": " + d.number(n),
		})
		if w >= smallestPrinted {
			g.Labels = append(g.Labels, label{X: x + w/2, Y: y + 1.1, Anchor: "middle", Class: "chart-on", Value: d.number(n)})
		}
		x += w
	}
	g.H = y + barHeight*1.4 + rowGap - g.Y
	return g
}

// legend tells what something means, with a number. Its key is yet to be drawn.
func (d *drawing) legend(name, value, href string) group {
	g := group{Href: href, Y: d.Height, H: 1.8}
	g.Labels = []label{{DX: 1.9, Y: g.Y + 1.25, Value: value, Name: cut(name, lineWidth-fit(value, lineWidth)-3)}}
	if g.Labels[0].Name != name {
		g.Title = name
	}
	return g
}
