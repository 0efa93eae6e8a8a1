package chart

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
)

// areaRight is where the areas of Areas end, in percent of the width: what is
// right of it names them.
const areaRight = 58

// Areas draws numbers over time stacked upon each other from zero, the first
// series at the bottom. Each area is named at its right end, with its newest
// number. A moment of which a number is unknown leaves a gap in all. Without
// any number above 0 it says f.Empty.
func Areas(f Frame, moments []Moment, series []Series) template.HTML {
	d := newDrawing(f)
	top := 0
	for i := range moments {
		top = max(top, stacked(series, len(series), i))
	}
	if top == 0 {
		return d.render()
	}
	top = ceiling(top)
	y := em(textLine)
	g := d.grid(y, top, moments)
	for i := range g.Labels { // the newest moment is where the areas end, below the oldest: there is no room beside it
		if g.Labels[i].Anchor == "end" {
			g.Labels[i].X = areaRight
			g.Labels[i].Y += textLine
			g.H += textLine
		}
	}
	d.add(g)
	for i := range series {
		d.add(d.area(series, i, y, top, len(moments)))
	}
	for _, g := range d.areaNames(series, y, top, len(moments)-1) {
		d.add(g)
	}
	for _, s := range series {
		d.Head = append(d.Head, clean(s.Label))
	}
	for i, m := range moments {
		row := tableRow{Name: clean(m.Label), Href: local(m.Href)}
		for _, s := range series {
			row.Cells = append(row.Cells, d.number(s.value(i)))
		}
		d.Body = append(d.Body, row)
	}
	return d.render()
}

// stacked sums the first n series at a moment; Unknown where one of all is.
func stacked(series []Series, n, moment int) int {
	sum := 0
	for i, s := range series {
		if s.value(moment) < 0 {
			return Unknown
		}
		if i < n {
			sum += s.value(moment)
		}
	}
	return sum
}

// area is the i-th series between those below it and itself on top of them.
func (d *drawing) area(series []Series, i int, y em, top, moments int) group {
	g := group{Y: y, H: plotHeight}
	var upper, lower []string
	end := func() {
		if len(upper) > 1 {
			edge := strings.Join(upper, " ")
			slices.Reverse(lower)
			g.Curves = append(g.Curves,
				curve{Y: y, H: plotHeight, Area: edge + " " + strings.Join(lower, " "), Tone: series[i].Tone.known()},
				curve{Y: y, H: plotHeight, Points: edge, Tone: series[i].Tone.known()})
		}
		upper, lower = nil, nil
	}
	for at := range moments {
		if stacked(series, i, at) < 0 {
			end()
			continue
		}
		x := plotLeft + float64(areaRight-plotLeft)/2
		if moments > 1 {
			x = plotLeft + float64(at*(areaRight-plotLeft))/float64(moments-1)
		}
		point := func(n int) string { return short(x) + "," + short(float64(height(n, top))*100/plotHeight) }
		upper, lower = append(upper, point(stacked(series, i+1, at))), append(lower, point(stacked(series, i, at)))
	}
	end()
	return g
}

// areaNames stand beside the middles of the areas' ends, apart from each
// other, from the topmost down.
func (d *drawing) areaNames(series []Series, y em, top, newest int) []group {
	var out []group
	for i, s := range slices.Backward(series) {
		middle := y + height(max(0, stacked(series, i, newest)+stacked(series, i+1, newest))/2, top)
		g := group{Href: local(s.Href), X: areaRight + 2, Y: middle - textLine/2, H: textLine * 1.3}
		value, name := d.number(s.value(newest)), clean(s.Label)
		g.Labels = []label{{X: areaRight + 6, Value: value, Name: cut(name, max(6, 13-len(value)))}}
		if g.Labels[0].Name != name {
			g.Title = name
		}
		g.Boxes = []box{{X: areaRight + 2, W: 3, H: .9, Tone: s.Tone.known(), Fill: d.fill(s.Tone.known())}}
		out = append(out, g)
	}
	const apart = textLine * 1.3
	for i := range out {
		if i > 0 {
			out[i].Y = max(out[i].Y, out[i-1].Y+apart)
		}
	}
	last := y + plotHeight - textLine
	for i := range slices.Backward(out) {
		out[i].Y = min(out[i].Y, last)
		last = out[i].Y - apart
		out[i].Labels[0].Y, out[i].Boxes[0].Y = out[i].Y+textLine*.85, out[i].Y+textLine*.85-.75
	}
	return out
}

// Pairs draws two bars for each moment beside its label, the newest first, each
// with its number, and above them what the bars mean, with their sums. Without
// any number above 0 it says f.Empty.
func Pairs(f Frame, moments []Moment, first, second Series) template.HTML {
	const left, room = 36, 48 // percent: of the labels, and of the longest bar
	d := newDrawing(f)
	longest := 0
	for i := range moments {
		longest = max(longest, first.value(i), second.value(i))
	}
	if longest == 0 {
		return d.render()
	}
	pair := []Series{first, second}
	for _, s := range pair {
		g, tone := d.legend(clean(s.Label), d.number(total(s.Values)), local(s.Href)), s.Tone.known()
		g.Boxes = []box{{Y: g.Y + .4, H: 1, Tone: tone, Fill: d.fill(tone)}}
		d.add(g)
		d.Head = append(d.Head, clean(s.Label))
	}
	for i, m := range slices.Backward(moments) {
		name := clean(m.Label)
		g := group{Href: local(m.Href), Y: d.Height, H: 2*1.15 + rowGap}
		for k, text := range wrap(name, 12) {
			g.Labels = append(g.Labels, label{Y: g.Y + 1 + em(k)*1.15, Name: text})
			if strings.HasSuffix(text, "…") {
				g.Title = name
			}
		}
		row := tableRow{Name: name, Href: g.Href}
		for k, s := range pair {
			n, tone, y := s.value(i), s.Tone.known(), g.Y+em(k)*1.15
			length := percent(n, longest) * room / 100
			if n > 0 {
				g.Boxes = append(g.Boxes, box{X: left, W: length, Y: y + .1, H: .9, Tone: tone, Fill: d.fill(tone), Title: clean(s.Label) + ": " + d.number(n)})
			}
			g.Labels = append(g.Labels, label{X: left + length, DX: .4, Y: y + .9, Value: d.number(n)})
			row.Cells = append(row.Cells, d.number(n))
		}
		d.add(g)
		d.Body = append(d.Body, row)
	}
	return d.render()
}

// Spark draws numbers over time, oldest first, as a line as high as a word. It
// is for tables that have the newest number beside it; said is what it tells
// those who do not see it. Without two numbers it is nothing.
func Spark(said string, values []int) template.HTML {
	top, points := 0, []string{}
	for _, n := range values {
		top = max(top, n)
	}
	for i, n := range values {
		if n >= 0 {
			points = append(points, short(float64(i)*100/float64(max(1, len(values)-1)))+","+short(24-float64(n)*23/float64(max(1, top))))
		}
	}
	if len(points) < 2 {
		return ""
	}
	return write("spark", struct{ Said, Points string }{clean(cmp.Or(said, "–")), strings.Join(points, " ")})
}
