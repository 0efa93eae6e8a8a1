package importer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func read(t *testing.T, text string) Result {
	t.Helper()
	got, err := Read("assets.csv", strings.NewReader(text), Options{})
	if err != nil {
		t.Fatalf("Read(%q): %v", text, err)
	}
	return got
}

// brief writes rows as "line address name/site/criticality/class/tags".
func brief(rows []Row) []string {
	var out []string
	for _, r := range rows {
		a := r.Asset
		out = append(out, fmt.Sprintf("%d %s %s/%s/%s/%s/%s", r.Line, a.Address, a.Name, a.Site, a.Criticality, a.Class, strings.Join(a.Tags, "+")))
	}
	return out
}

func messages(errs []RowError) []string {
	var out []string
	for _, e := range errs {
		out = append(out, e.Error())
	}
	return out
}

func TestDialects(t *testing.T) {
	want := []string{
		"2 192.0.2.7 Müller gate/Colombo/high/it/dmz+web",
		"3 www.example.org //medium/ot/",
	}
	plain := "address,name,site,criticality,kind,tags\n192.0.2.7,Müller gate,Colombo,High,IT,\"web,DMZ\"\nWWW.example.org,,,,OT,\n"
	encode := func(enc interface{ String(string) (string, error) }, s string) string {
		out, err := enc.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	semicolons := strings.NewReplacer(`"web,DMZ"`, "web|DMZ", ",", ";").Replace(plain)
	for name, text := range map[string]string{
		"plain":                 plain,
		"Windows line ends":     strings.ReplaceAll(plain, "\n", "\r\n"),
		"old Mac line ends":     strings.ReplaceAll(plain, "\n", "\r"),
		"UTF-8 with mark":       "\xef\xbb\xbf" + plain,
		"UTF-16 little-endian":  encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), plain),
		"UTF-16 big-endian":     encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(), plain),
		"UTF-16 without a mark": encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder(), plain),
		"Windows-1252":          encode(charmap.Windows1252.NewEncoder(), plain),
		"semicolons":            semicolons,
		"tabs":                  strings.ReplaceAll(semicolons, ";", "\t"),
		"bars":                  strings.ReplaceAll(strings.ReplaceAll(semicolons, "|", "\x01"), ";", "|"),
		"quoted headings":       strings.Replace(plain, "address", `"IP Address"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			text = strings.ReplaceAll(text, "\x01", ";")
			got := read(t, text)
			if d := cmp.Diff(want, brief(got.Rows)); d != "" || len(got.Errors) > 0 {
				t.Errorf("rows (-want +got):\n%s%v", d, messages(got.Errors))
			}
			if told := strings.Contains(strings.Join(got.Notes, " "), "Windows-1252"); told != (name == "Windows-1252") {
				t.Errorf("notes = %q", got.Notes)
			}
		})
	}
	got := read(t, "sep=;\r\nIP;Name\r\n192.0.2.7;a, b\r\n")
	if d := cmp.Diff([]string{"3 192.0.2.7 a, b//medium/it/"}, brief(got.Rows)); d != "" {
		t.Errorf("sep= line (-want +got):\n%s", d)
	}
}

func TestHeadings(t *testing.T) {
	for in, want := range map[string]string{
		"IP": "address", " Ip-Address ": "address", "URL": "address", "Public IP": "address", "CIDR": "address", "IP / Hostname": "address",
		"Hostname": "host", "FQDN": "host", "Asset": "host", "Target": "host",
		"Asset Name": "name", "Function": "function", "Used for": "function", "Contact": "contact", "Owner": "", "Location": "site", "Business Criticality": "criticality", "IT/OT": "kind", "Type": "kind", "Labels": "tags",
		"Colour": "", "": "", "!!": "", strings.Repeat("ip", 60): "",
	} {
		if got := fieldOf(in); got != want {
			t.Errorf("fieldOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestContactsAreFound(t *testing.T) {
	contacts := []inventory.Contact{{ID: "C-1", Name: "Amara", Email: "a@example.org"}, {ID: "C-2", Name: "Desk"}, {ID: "C-3", Name: "Desk", Email: "d@example.org"}}
	got, err := Read("x.csv", strings.NewReader("address,function,contact\n192.0.2.1,Internet bank,amara\n192.0.2.2,,D@example.org\n"+
		"192.0.2.3,SCADA,c-2\n192.0.2.4,,Desk\n192.0.2.5,,Nobody\n192.0.2.6,,\n"), Options{Contacts: contacts})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, r := range got.Rows {
		rows = append(rows, fmt.Sprintf("%s %s %s %v", r.Asset.Address, r.Asset.Function, r.Asset.Contact, r.Given))
	}
	want := []string{"192.0.2.1 Internet bank C-1 [function contact]", "192.0.2.2  C-3 [contact]", "192.0.2.3 SCADA C-2 [function contact]", "192.0.2.6   []"}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{
		`row 5, column C (contact) "Desk": is the name of several contacts`, `row 6, column C (contact) "Nobody": is no contact of the organisation`,
	}, messages(got.Errors)); d != "" {
		t.Errorf("mistakes (-want +got):\n%s", d)
	}
}

func TestSynonymsAreUnambiguous(t *testing.T) {
	seen := map[string]string{}
	for field, words := range synonyms {
		for w := range strings.FieldsSeq(words) {
			if other, twice := seen[w]; twice {
				t.Errorf("%q means both %s and %s", w, other, field)
			}
			seen[w] = field
			if got := fieldOf(w); got != field {
				t.Errorf("fieldOf(%q) = %q, want %q: a synonym must be letters and digits in lower case", w, got, field)
			}
		}
	}
}

func TestUnderstanding(t *testing.T) {
	for _, c := range []struct {
		name, text string
		rows       []string
		errors     []string
		note       string
	}{
		{
			"a title above and a note below", "Assets of Lanka Power\n\nIP,Name\n192.0.2.7,gate\n192.0.2.8,door\n\nPlease call Ravi with questions.\nHe is in on Mondays.\n",
			[]string{"4 192.0.2.7 gate//medium/it/", "5 192.0.2.8 door//medium/it/"},
			nil, "row 7 was skipped",
		},
		{
			"host names are names beside addresses", "Hostname,IP\nwww.example.org,192.0.2.7\nftp.example.org,\n",
			[]string{"2 192.0.2.7 www.example.org//medium/it/", "3 ftp.example.org //medium/it/"},
			nil, "",
		},
		{
			"two address columns are two assets", "IPv4,IPv6,Name\n192.0.2.7,2001:db8::7,gate\n",
			[]string{"2 192.0.2.7 gate//medium/it/", "2 2001:db8::7 gate//medium/it/"},
			nil, "",
		},
		{
			"several in a cell, and ranges", "target\n\"192.0.2.1, 192.0.2.2\n192.0.2.3\"\n192.0.2.16-31\n192.0.2.62 – 192.0.2.64\n2001:db8::e-2001:db8::10\n",
			[]string{
				"2 192.0.2.1 //medium/it/", "2 192.0.2.2 //medium/it/", "2 192.0.2.3 //medium/it/",
				"4 192.0.2.16/28 //medium/it/",
				"5 192.0.2.62/31 //medium/it/", "5 192.0.2.64 //medium/it/",
				"6 2001:db8::e/127 //medium/it/", "6 2001:db8::10 //medium/it/",
			},
			nil, "",
		},
		{
			"a bare list", "192.0.2.7\nwww.example.org\n", []string{"1 192.0.2.7 //medium/it/", "2 www.example.org //medium/it/"}, nil, "no headings",
		},
		{
			"unused columns are told", "IP,Colour,Colour,IP owner\n192.0.2.7,red,blue,Ravi\n", []string{"2 192.0.2.7 //medium/it/"}, nil, "column D (IP owner) is not used",
		},
		{
			"other words", "IP,Importance,Class\n192.0.2.7,Moderate,SCADA\n", []string{"2 192.0.2.7 //medium/ot/"}, nil, "",
		},
		{
			"every mistake of every row", "address,name,criticality,kind,tags\nnot an address,x,extreme,toaster,ok\n,only a name,,,\n192.0.2.300,=cmd(),,,\n192.0.2.9,#REF!,,,\n192.0.2.10,good,,,\n",
			[]string{"6 192.0.2.10 good//medium/it/"},
			[]string{
				`row 2, column C (criticality) "extreme": unknown criticality`,
				`row 2, column D (kind) "toaster": unknown kind of asset`,
				`row 2, column A (address) "not": not a full domain name`,
				`row 2, column A (address) "an": not a full domain name`,
				`row 2, column A (address) "address": not a full domain name`,
				`row 3, column A (address): missing`,
				`row 4, column B (name) "=cmd()": a formula`,
				`row 4, column A (address) "192.0.2.300": looks like an IP address but is not one`,
				`row 5, column B (name) "#REF!": a formula that failed`,
			},
			"",
		},
		{
			"duplicates name both rows", "address\nWWW.example.org\nwww.example.org.\n192.0.2.7,192.0.2.7\n\"192.0.2.8 192.0.2.8\"\n",
			[]string{"2 www.example.org //medium/it/", "4 192.0.2.7 //medium/it/"},
			[]string{
				`row 3, column A (address) "www.example.org.": www.example.org is in row 2 too`,
				`row 5, column A (address) "192.0.2.8 192.0.2.8": 192.0.2.8 is twice in this row`,
			},
			"",
		},
		{
			"ranges gone wrong", "address\n192.0.2.20-1\n192.0.2.1-300\n10.0.0.0-10.255.255.255\n192.0.2.1-2001:db8::1\n",
			nil,
			[]string{
				`row 2, column A (address) "192.0.2.20-1": the range ends before it begins`,
				`row 3, column A (address) "192.0.2.1-300": not a range of addresses`,
				`row 4, column A (address) "10.0.0.0/8": prefix too large: it has more than 65,536 addresses`,
				`row 5, column A (address) "192.0.2.1-2001:db8::1": not a range of addresses`,
			},
			"",
		},
		{
			"control characters", "address,name\n192.0.2.7,\x1b[31mred\n", nil,
			[]string{`row 2, column B (name) "[31mred": has control or broken characters in it`},
			"",
		},
		{
			"a cell too long", "address,name\n192.0.2.7," + strings.Repeat("x", 3000) + "\n", nil,
			[]string{`row 2, column B (name) "` + strings.Repeat("x", 100) + `…": too long`},
			"",
		},
		{
			"quotation marks", "address,name\n192.0.2.7,5\" disk\n192.0.2.8,\"5\"\" disk\"\n192.0.2.9,\"open\n",
			[]string{"3 192.0.2.8 5\" disk//medium/it/"},
			[]string{"row 2: a quotation mark in a field that does not begin with one", "row 4: a quotation mark is not closed, or text follows it"},
			"",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := read(t, c.text)
			if d := cmp.Diff(c.rows, brief(got.Rows)); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.errors, messages(got.Errors)); d != "" {
				t.Errorf("errors (-want +got):\n%s", d)
			}
			if !strings.Contains(strings.Join(got.Notes, "\n"), c.note) {
				t.Errorf("notes %q lack %q", got.Notes, c.note)
			}
		})
	}
}

func TestUnreadableText(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", "the file is empty"},
		"blank":            {" \r\n\t\n", "the file is empty"},
		"only separators":  {";;;\n;;;\n", "no rows"},
		"only headings":    {"address,name\n", "headings but no rows"},
		"no address":       {"name,colour\ngate,red\n", "no column of addresses: its first row reads name, colour"},
		"binary":           {"\x7fELF\x02\x01\x01\x00\x00\x00", "not text"},
		"PDF":              {"%PDF-1.7\n", "PDF"},
		"old Excel":        {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Workbook", "before 2007"},
		"protected Excel":  {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", "password"},
		"too large":        {strings.Repeat("a", MaxBytes+1), "larger than 10 MB"},
		"too many columns": {"address" + strings.Repeat(",x", MaxColumns) + "\n", "more than 1000 columns"},
		"too many rows":    {"address\n" + strings.Repeat("192.0.2.7\n", MaxRows), "more than 100000 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read("assets.csv", strings.NewReader(c.text), Options{})
			if !errors.Is(err, inventory.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Read = %v, want ErrInvalid with %q", err, c.want)
			}
			if inventory.HintOf(err) == "" {
				t.Errorf("%v has no hint", err)
			}
		})
	}
}

func TestColumnLetter(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA"} {
		if got := columnLetter(i); got != want {
			t.Errorf("columnLetter(%d) = %s, want %s", i, got, want)
		}
	}
}

// check holds for whatever a file contains.
func check(t *testing.T, got Result) {
	t.Helper()
	bad := map[int]bool{}
	for _, e := range got.Errors {
		bad[e.Row] = true
		if e.Row < 1 || e.Message == "" || len(e.Value) > 500 || strings.ContainsAny(e.Value, "\x00\x1b") {
			t.Errorf("error %+v", e)
		}
	}
	seen := map[string]bool{}
	for _, r := range got.Rows {
		key := r.Asset.Address.String()
		if bad[r.Line] || seen[key] {
			t.Errorf("row %d (%s) is good and bad, or twice", r.Line, key)
		}
		seen[key] = true
		if again, err := r.Asset.Normalize(); err != nil || !cmp.Equal(again, r.Asset, cmp.Comparer(func(a, b inventory.Address) bool { return a == b })) {
			t.Errorf("asset %+v is not in normal form: %v", r.Asset, err)
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("address,name,criticality,kind,tags\n192.0.2.1-20,x,high,ot,\"a,b\"\n"))
	f.Add([]byte("sep=;\nIP;Host\n2001:db8::/120;www.example.org\n"))
	f.Add([]byte("\xff\xfeI\x00P\x00\n\x00"))
	f.Add([]byte("192.0.2.1 - 192.0.2.9\n\n\nnote here\n"))
	f.Add([]byte("ip\tname\n=1\t\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if strings.HasPrefix(string(b), "PK") {
			return // FuzzXLSX's
		}
		got, err := Read("f", strings.NewReader(string(b)), Options{})
		if err == nil {
			check(t, got)
		}
	})
}
