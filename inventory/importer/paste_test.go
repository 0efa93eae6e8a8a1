package importer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadLines(t *testing.T) {
	got, err := ReadLines("192.0.2.1\r\n192.0.2.8-11   web farm # dmz\n\n# nothing\nwww.example.org, mail.example.org the two\n2001:db8::/120 - lab\nhttps://x.example.org/a\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1 192.0.2.1 //medium/it/",
		"2 192.0.2.8/30 web farm dmz//medium/it/",
		"5 www.example.org the two//medium/it/",
		"5 mail.example.org the two//medium/it/",
		"6 2001:db8::/120 lab//medium/it/",
		"7 https://x.example.org/a //medium/it/",
	}
	if d := cmp.Diff(want, brief(got.Rows)); d != "" || len(got.Errors) != 0 {
		t.Errorf("ReadLines (-want +got):\n%s\n%v", d, messages(got.Errors))
	}
}

func TestReadLinesTellsEachMistakeByItsLine(t *testing.T) {
	got, err := ReadLines("nonsense of a line\n192.0.2.1\n192.0.2.1 again\n=cmd()\nwww.example.org \u202egnp.exe\n")
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, e := range got.Errors {
		lines = append(lines, e.Row)
		if strings.ContainsRune(e.Value, '\u202e') {
			t.Errorf("the value of line %d still reorders text", e.Row)
		}
	}
	if d := cmp.Diff([]int{1, 3, 4, 5}, lines); d != "" || len(got.Rows) != 1 || !got.Errors[1].Twice {
		t.Errorf("lines with mistakes (-want +got):\n%s\n%v", d, messages(got.Errors))
	}
	if got.Bad[1] == nil || got.Bad[2] != nil {
		t.Errorf("bad lines = %v", got.Bad)
	}
}

func TestColumnsAsTold(t *testing.T) {
	const text = "was,ist,das\n192.0.2.7,Tor,Colombo\n"
	if _, err := Read("a.csv", strings.NewReader(text), Options{}); err == nil {
		t.Fatal("headings that nobody knows were understood")
	}
	layout, err := Layout("a.csv", strings.NewReader(text), Options{})
	if err != nil || len(layout.Headers) != 3 || layout.Headers[2].Text != "das" {
		t.Fatalf("Layout = %+v, %v", layout, err)
	}
	got, err := Read("a.csv", strings.NewReader(text), Options{Fields: map[string]string{"A": "address", "C": "site"}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"2 192.0.2.7 /Colombo/medium/it/"}, brief(got.Rows)); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"site"}, got.Rows[0].Given); d != "" {
		t.Errorf("given (-want +got):\n%s", d)
	}
}

func TestHeadingsOfTheRegion(t *testing.T) {
	got := read(t, "আইপি ঠিকানা,নাম\n192.0.2.7,ফটক\n")
	if d := cmp.Diff([]string{"2 192.0.2.7 ফটক//medium/it/"}, brief(got.Rows)); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
}
