// Package chart draws counts as inline SVG: bars, stacked and paired bars,
// lines and stacked areas over time, and lines as high as a word. The same
// markup serves the console, the report's page and its PDF.
//
// A chart stands on its own: a title and a description for those who do not
// see it, every number printed, a pattern or a shape beside each colour, a
// link where a number has its list, and the numbers as a table beneath, which
// is closed on the screen and open on paper. It needs no script, no style
// attribute and nothing from elsewhere, only Style in the page's own sheet.
//
// Widths are shares of the room and heights are multiples of the letters'
// size, so that nothing has to be scaled: the letters stay legible at 320
// pixels, on A4 and when a reader enlarges them.
//
// The package is pure: the same numbers give the same bytes.
package chart
