package shell

import (
	"net/url"
	"reflect"
	"testing"
)

// TestOvertakenShowsWhereTwoTextsDiffer: lines that both have are left out,
// but for those beside what differs, and what was typed stays.
func TestOvertakenShowsWhereTwoTextsDiffer(t *testing.T) {
	form := Form{
		Values:  url.Values{"version": {"1"}, "name": {"same"}, "terms": {"a\r\nb\r\nmine\r\nand more\r\nc\r\nd\r\n"}, "level": {"light"}, "note": {"Some words"}},
		Problem: &Mistake{Message: "it is at version 2"},
	}
	form.Overtaken(url.Values{"version": {"2"}, "name": {"same"}, "terms": {"a\nb\ntheirs\nc\nd"}, "level": {""}, "note": {"some words"}},
		Option{Value: "name", Text: "Name"}, Option{Value: "terms", Text: "Terms"}, Option{Value: "level", Text: "Level"}, Option{Value: "note", Text: "Note"})
	want := []Conflict{
		{Field: "Terms", Yours: "…\nb\nmine\nand more\nc\n…", Theirs: "…\nb\ntheirs\nc\n…"},
		{Field: "Level", Yours: "light", Theirs: "", Words: true},
		{Field: "Note", Yours: "Some words", Theirs: "some words"},
	}
	if !reflect.DeepEqual(form.Conflicts, want) {
		t.Errorf("differences are\n%+v, want\n%+v", form.Conflicts, want)
	}
	if !form.Stale || form.Problem != nil || form.Get("version") != "2" || form.Get("terms") != "a\r\nb\r\nmine\r\nand more\r\nc\r\nd\r\n" {
		t.Errorf("the form is %+v", form)
	}
}
