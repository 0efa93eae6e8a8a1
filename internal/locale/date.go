package locale

import (
	"strconv"
	"strings"
	"time"
)

// Date writes a day of the Gregorian calendar, such as 22 November 2026.
func (p *Printer) Date(t time.Time) string {
	return strings.NewReplacer(
		"D", p.digits(strconv.Itoa(t.Day())), "M", p.lang.months[t.Month()-1], "Y", p.digits(strconv.Itoa(t.Year())),
	).Replace(p.lang.date)
}

// Time writes a day and a time with the offset of its zone.
func (p *Printer) Time(t time.Time) string {
	return p.Date(t) + ", " + p.digits(t.Format("15:04 -07:00"))
}

// Week writes the week of a day as ISO 8601 names it, such as 2026-W47. It is
// a name, and the same in every language.
func Week(t time.Time) string {
	year, week := t.ISOWeek()
	return strconv.Itoa(year) + "-W" + strconv.Itoa(100 + week)[1:]
}

// digits writes figures as the language does.
func (p *Printer) digits(s string) string {
	if p.lang.zero == '0' {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return p.lang.zero + r - '0'
		}
		return r
	}, s)
}

// TimeLeft says how many whole days there are until a deadline, or since. One
// that has only just passed is a day over: what is late never reads as if it
// were in time.
func (p *Printer) TimeLeft(deadline, now time.Time) string {
	left := deadline.Sub(now)
	switch days := int(left.Abs() / (24 * time.Hour)); {
	case left < 0:
		return p.N("%s day over", "%s days over", max(1, days))
	case days == 0:
		return p.T("less than a day left")
	default:
		return p.N("%s day left", "%s days left", days)
	}
}
