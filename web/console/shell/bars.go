package shell

import "time"

// WaiverDay is what an exception's end is at first: three months ahead.
func (v View) WaiverDay() string { return v.Now().AddDate(0, 3, 0).Format(time.DateOnly) }

// Profiles are the depths of a scan, in the words of permissions.
func (v View) Profiles() []Option {
	return []Option{
		{Value: "ot", Text: "OT", Hint: v.T("A few named ports, one connection at a time. OT assets are never scanned harder, unless their permission says so.")},
		{Value: "light", Text: v.T("Light"), Hint: v.T("Well-known ports, gently")},
		{Value: "standard", Text: v.T("Standard"), Hint: v.T("All common ports and safe checks: the usual choice")},
		{Value: "intensive", Text: v.T("Intensive"), Hint: v.T("Every port and every safe check: agree on a time with your operations first")},
	}
}
