package chart

import (
	"html/template"
	"slices"
	"strings"
)

// A Moment is one point in time, oldest first.
type Moment struct {
	Label string // "2026-W47"
	Href  string
}

// A Series is one line: a number for each moment. What is missing is unknown
// and leaves a gap.
type Series struct {
	Label  string
	Values []int
	Tone   Tone
	Href   string
	// Upto makes a grey band of the series, from Values to these. It lies
	// behind the lines, whatever its place.
	Upto []int
}

// Size of the plot. The numbers of its heights stand left of the lines, and
// the outermost marks stay inside.
const (
	plotHeight = 10
	plotLeft   = 14 // percent of the width
	plotRight  = 98
	maxMarks   = 13 // on a line; with more its dashes would be hidden at 320 pixels
)

// styles tell lines apart without their colour: a dash and a mark each.
var styles = []struct{ dash, shape string }{
	{"", "M-4,0 a4,4 0 1,0 8,0 a4,4 0 1,0 -8,0 z"},
	{"7 4", "M-3.5,-3.5 h7 v7 h-7 z"},
	{"2 4", "M0,-5 l5,5 l-5,5 l-5,-5 z"},
	{"9 3 2 3", "M0,-4.5 l4.5,8 h-9 z"},
	{"4 2", "M-4,-4 l8,8 M-4,4 l8,-8"},
	{"12 5", "M-5,0 h10 M0,-5 v10"},
}

// Lines draws numbers over time from a zero baseline, and above them what each
// line means, with its newest number. Without any known number it says
// f.Empty.
func Lines(f Frame, moments []Moment, series []Series) template.HTML {
	d := newDrawing(f)
	top, known := 0, false
	for _, s := range series {
		for i := range moments {
			top, known = max(top, s.value(i), s.upto(i)), known || s.value(i) >= 0
		}
	}
	if !known {
		return d.render()
	}
	for i, s := range series {
		d.Head = append(d.Head, clean(s.Label))
		newest := len(moments) - 1
		for s.Upto != nil && newest > 0 && s.upto(newest) < 0 { // what is usual is known later
			newest--
		}
		g := d.legend(clean(s.Label), d.tell(s, newest), local(s.Href))
		if s.Upto != nil {
			g.Boxes = []box{{Y: g.Y + .4, H: 1, Class: "chart-band"}}
			d.add(g)
			continue
		}
		g.Marks = []mark{{X: 2, Y: g.Y + .9, Tone: s.Tone.known(), Shape: styles[i%len(styles)].shape}}
		d.add(g)
	}
	top = ceiling(top)
	y := d.Height + textLine
	d.add(d.grid(y, top, moments))
	for _, s := range series {
		if s.Upto != nil {
			d.add(d.band(s, y, top, moments))
		}
	}
	for i, s := range series {
		if s.Upto == nil {
			d.add(d.line(i, s, y, top, moments))
		}
	}
	for i, m := range moments {
		row := tableRow{Name: clean(m.Label), Href: local(m.Href)}
		for _, s := range series {
			row.Cells = append(row.Cells, d.tell(s, i))
		}
		d.Body = append(d.Body, row)
	}
	return d.render()
}

func (s Series) value(moment int) int {
	if moment >= 0 && moment < len(s.Values) {
		return s.Values[moment]
	}
	return Unknown
}

// upto is the upper end of a band.
func (s Series) upto(moment int) int {
	if moment >= 0 && moment < len(s.Upto) {
		return s.Upto[moment]
	}
	return Unknown
}

// tell writes the number of a moment, of a band both.
func (d *drawing) tell(s Series, moment int) string {
	if s.Upto == nil || s.value(moment) < 0 || s.upto(moment) < 0 {
		return d.number(s.value(moment))
	}
	return d.number(s.value(moment)) + "–" + d.number(s.upto(moment))
}

// band fills the room between two numbers, in one piece for each run of
// moments that have both.
func (d *drawing) band(s Series, y em, top int, moments []Moment) group {
	g := group{Y: y, H: plotHeight}
	var there, back []string
	end := func() {
		if len(there) > 1 {
			slices.Reverse(back)
			g.Curves = append(g.Curves, curve{Y: y, H: plotHeight, Area: strings.Join(append(there, back...), " ")})
		}
		there, back = nil, nil
	}
	for i := range moments {
		if s.value(i) < 0 || s.upto(i) < 0 {
			end()
			continue
		}
		x := short(float64(across(i, len(moments))))
		there = append(there, x+","+short(float64(height(s.upto(i), top))*100/plotHeight))
		back = append(back, x+","+short(float64(height(s.value(i), top))*100/plotHeight))
	}
	end()
	return g
}

// ceiling is the next round number that can be halved.
func ceiling(n int) int {
	for power := 1; ; power *= 10 {
		for _, step := range []int{2, 4, 6, 8, 10, 12, 16} {
			if step*power >= n {
				return step * power
			}
		}
	}
}

// grid draws the plot's three heights and the times beneath it.
func (d *drawing) grid(y em, top int, moments []Moment) group {
	g := group{Y: y - textLine, H: plotHeight + 2*textLine + rowGap}
	for _, n := range []int{top, top / 2, 0} {
		at := y + height(n, top)
		g.Boxes = append(g.Boxes, box{W: 100, Y: at, H: .06, Class: "chart-grid"})
		g.Labels = append(g.Labels, label{Y: at - .25, Class: "chart-axis", Name: d.number(n)})
	}
	last, below := len(moments)-1, y+plotHeight+1.2
	g.Labels = append(g.Labels, label{X: plotLeft - 2, Y: below, Class: "chart-axis", Name: cut(clean(moments[0].Label), 16)})
	if last > 0 {
		g.Labels = append(g.Labels, label{X: 100, Y: below, Anchor: "end", Class: "chart-axis", Name: cut(clean(moments[last].Label), 16)})
	}
	return g
}

func (d *drawing) line(style int, s Series, y em, top int, moments []Moment) group {
	g := group{Y: y, H: plotHeight}
	look, tone, name := styles[style%len(styles)], s.Tone.known(), clean(s.Label)
	step := (len(moments) + maxMarks - 1) / maxMarks
	var points []string
	end := func() { // one number alone is a mark, not a line
		if len(points) > 1 {
			g.Curves = append(g.Curves, curve{Y: y, H: plotHeight, Tone: tone, Dash: look.dash, Points: strings.Join(points, " ")})
		}
		points = nil
	}
	for i, m := range moments {
		n := s.value(i)
		if n < 0 {
			end()
			continue
		}
		x, down := across(i, len(moments)), height(n, top)
		points = append(points, short(float64(x))+","+short(float64(down)*100/plotHeight))
		alone := s.value(i-1) < 0 && (i+1 == len(moments) || s.value(i+1) < 0)
		if !alone && (len(moments)-1-i)%step != 0 {
			continue
		}
		g.Marks = append(g.Marks, mark{X: x, Y: y + down, Tone: tone, Shape: look.shape, Title: name + ", " + clean(m.Label) + ": " + d.number(n)})
	}
	end()
	return g
}

func height(n, top int) em { return em(plotHeight * (1 - float64(n)/float64(top))) }

func across(i, of int) share {
	if of == 1 {
		return (plotLeft + plotRight) / 2
	}
	return plotLeft + share(float64(i)*(plotRight-plotLeft)/float64(of-1))
}
