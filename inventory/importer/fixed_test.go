package importer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
)

// scan is what nmap writes around hosts.
func scan(hosts string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan -->
<nmaprun scanner="nmap" version="7.93">
` + hosts + `
<runstats><finished exit="success"/><hosts up="3" down="0" total="3"/></runstats>
</nmaprun>
`
}

func host(status string, addresses ...string) string {
	out := `<host>` + status
	for _, a := range addresses {
		kind := "ipv4"
		if strings.Contains(a, ":") {
			kind = "ipv6"
		}
		out += fmt.Sprintf(`<address addr=%q addrtype=%q/>`, a, kind)
	}
	return out + `<address addr="00:11:22:33:44:55" addrtype="mac" vendor="Siemens"/></host>`
}

const up = `<status state="up" reason="echo-reply"/>`

func TestNmap(t *testing.T) {
	text := scan(`<host>` + up + `<address addr="192.0.2.1" addrtype="ipv4"/><address addr="2001:DB8::1" addrtype="ipv6"/><address addr="fe80::1" addrtype="ipv6"/>
		<hostnames><hostname name="gw.example.org" type="PTR"/><hostname name="www.example.org" type="user"/><hostname name="other.example.org" type="user"/></hostnames>
		<ports><port protocol="tcp" portid="80"><state state="open"/><service name="http" hostname="no.example"/></port></ports></host>
		` + host(`<status state="down" reason="no-response"/>`, "192.0.2.2") + `
		<host><status state="up" reason="user-set"/><address addr="192.0.2.3" addrtype="ipv4"/><ports><port portid="80"><state state="filtered"/></port></ports></host>
		<host><status state="up" reason="user-set"/><address addr="192.0.2.4" addrtype="ipv4"/><ports><extraports state="closed" count="9"/></ports></host>
		` + host("", "192.0.2.5") + host("", "192.0.2.5") + `
		` + host(up, "192.0.2.6", "192.0.2.5") + host(up, "192.0.2.300") + host(up) + host(up, "fe80::7"))
	got := read(t, text)
	want := []string{
		"1 192.0.2.1 www.example.org//medium/it/",
		"1 2001:db8::1 www.example.org//medium/it/",
		"2 192.0.2.4 //medium/it/",
		"3 192.0.2.5 //medium/it/",
	}
	if diff := cmp.Diff(want, brief(got.Rows)[:4]); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	said := strings.Join(messages(got.Errors), "\n")
	for _, s := range []string{
		`row 4, column B (address) "192.0.2.6 192.0.2.5": 192.0.2.5 is in row 3 too`,
		`row 5, column B (address) "192.0.2.300"`, `row 6, column B (address): missing`,
	} {
		if !strings.Contains(said, s) {
			t.Errorf("the mistakes do not say %s:\n%s", s, said)
		}
	}
	notes := strings.Join(got.Notes, "\n")
	for _, s := range []string{"down: 1", "(-Pn): 1", "taken once: 1", "has another: 1", "nothing is scanned"} {
		if !strings.Contains(notes, s) {
			t.Errorf("the notes do not say %q:\n%s", s, notes)
		}
	}
	if got.Format != Nmap || strings.Contains(notes, "not used") {
		t.Errorf("format %q, notes %s", got.Format, notes)
	}
	if bad := got.Bad[5]; len(bad) < 2 || !strings.HasPrefix(bad[0], "line ") || bad[1] != "192.0.2.300" {
		t.Errorf("the row with a mistake is kept as %q", bad)
	}
}

func TestNmapIsReadHoweverItComes(t *testing.T) {
	plain := scan(host(up, "192.0.2.1"))
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.Replace(plain, "UTF-8", "UTF-16", 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"UTF-16": wide, "with mark": "\xef\xbb\xbf" + plain, "blank lines above": "\n\n" + plain,
		"Latin 1":     strings.Replace(strings.Replace(plain, "UTF-8", "ISO-8859-1", 1), "7.93", "7.93\xe9", 1),
		"one line":    strings.ReplaceAll(plain, "\n", ""),
		"down hosts":  strings.Replace(plain, `down="0"`, `down="253"`, 1),
		"other order": scan(`<hosthint>` + up + `<address addr="192.0.2.9" addrtype="ipv4"/></hosthint>` + host(up, "192.0.2.1")),
	} {
		if got := brief(read(t, text).Rows); !slices.Equal(got, []string{"1 192.0.2.1 //medium/it/"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if _, err := ReadLines("[2001:db8::1]\n"); err != nil {
		t.Errorf("an address in brackets is taken for JSON: %v", err)
	}
	pasted, err := ReadLines("\n" + plain)
	if err != nil || len(pasted.Rows) != 1 || pasted.Format != Nmap {
		t.Errorf("pasted: %v, %v", pasted, err)
	}
}

const document = `{"bomFormat": "CycloneDX", "specVersion": "1.6",
	"metadata": {"component": {"type": "device", "name": "Substation gateway", "properties": [
		{"name": "acme:net:IP-Address", "value": "192.0.2.1, 2001:db8::1"}, {"name": "hostname", "value": "gw.example.org"},
		{"name": "cdx:device:location", "value": "192.0.2.99"}]}},
	"components": [
		{"type": "library", "name": "openssl", "properties": [{"name": "ip", "value": "192.0.2.98"}]},
		{"type": "platform", "name": "Rack", "components": [
			{"type": "device", "name": "PLC 1", "properties": [{"name": "ipv4_address", "value": "192.0.2.300"}]},
			{"type": "operating-system", "name": "", "properties": [{"name": "fqdn", "value": "plc2.example.org"}]}]}],
	"services": [
		{"name": "Bank", "endpoints": ["https://user:secret@www.example.org:8443/login?x=1", "/api", "https://192.0.2.1/admin", "mqtt://[2001:db8::5]:1883"],
			"services": [{"name": "Inner", "endpoints": ["api.example.org:9000/v1", "//cdn.example.org/x"]}]},
		{"name": "Again", "endpoints": ["https://WWW.example.org/other"]},
		{"name": "Nowhere"},
		{"name": "Broken", "endpoints": ["https://{region}.example.org/"]}]}`

func TestCycloneDX(t *testing.T) {
	got := read(t, document)
	want := []string{
		"1 192.0.2.1 Substation gateway//medium/it/",
		"1 2001:db8::1 Substation gateway//medium/it/",
		"3 plc2.example.org //medium/it/",
		"4 www.example.org Bank//medium/it/",
		"4 2001:db8::5 Bank//medium/it/",
		"5 api.example.org Inner//medium/it/",
		"5 cdn.example.org Inner//medium/it/",
	}
	if diff := cmp.Diff(want, brief(got.Rows)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	said := strings.Join(messages(got.Errors), "\n")
	if len(got.Errors) != 2 || !strings.Contains(said, `row 2, column B (address) "192.0.2.300"`) || !strings.Contains(said, `row 6, column B (address) "https://{region}.example.org/"`) {
		t.Errorf("mistakes:\n%s", said)
	}
	if place := got.Bad[2][0]; place != "components[1].components[0]" {
		t.Errorf("the mistake is at %q", place)
	}
	notes := strings.Join(got.Notes, "\n")
	for _, s := range []string{"runs: 2", "name no host: 1", "without a host: 1", "already: 1"} {
		if !strings.Contains(notes, s) {
			t.Errorf("the notes do not say %q:\n%s", s, notes)
		}
	}
	if got.Format != CycloneDX || strings.Contains(fmt.Sprint(got), "secret") {
		t.Errorf("%v", got)
	}
}

func TestHostileFiles(t *testing.T) {
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	for name, c := range map[string]struct{ text, says string }{
		"cut off":             {scan(host(up, "192.0.2.1"))[:300], "breaks off in line"},
		"cut off in a tag":    {`<nmaprun><host><address addr="192.0.`, "breaks off in line 1"},
		"billion laughs":      {"<!DOCTYPE nmaprun [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]>\n<nmaprun>&b;</nmaprun>", "entities of its own"},
		"external entity":     {`<!DOCTYPE nmaprun [<!ENTITY x SYSTEM "file:///etc/passwd">]><nmaprun><host>&x;</host></nmaprun>`, "entities of its own"},
		"undeclared entity":   {`<nmaprun><host>&x;</host></nmaprun>`, "line 1"},
		"deep":                {"<nmaprun>" + deep("<a>", "</a>", 200_000) + "</nmaprun>", "nested more than 100"},
		"other root":          {"<scan/>", "begins with <scan>"},
		"web page":            {"<!DOCTYPE html><html><body>", "web page"},
		"CycloneDX as XML":    {`<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>`, "CycloneDX in XML"},
		"wrong nesting":       {"<nmaprun><host></nmaprun>", "line 1"},
		"two roots":           {scan(host(up, "192.0.2.1")) + "<nmaprun/>", "something follows"},
		"all down":            {scan(host(`<status state="down"/>`, "192.0.2.1")), "no host in it was up"},
		"no hosts":            {"<nmaprun/>", "no host in it was up"},
		"JSON list":           {deep("[", "]", 100_000), "JSON list"},
		"deep JSON":           {`{"bomFormat":"CycloneDX","components":` + deep("[", "]", 20_000) + "}", "depth"},
		"nested components":   {`{"bomFormat":"CycloneDX","components":[` + deep(`{"type":"device","components":[`, "]}", 300) + "]}", "nested more than 100"},
		"nested services":     {`{"bomFormat":"CycloneDX","services":[` + deep(`{"services":[`, "]}", 300) + "]}", "nested more than 100"},
		"JSON cut off":        {document[:700], "breaks off in line"},
		"other JSON":          {`{"hosts": ["192.0.2.1"]}`, "not CycloneDX"},
		"SPDX":                {`{"spdxVersion": "SPDX-2.3"}`, "SPDX"},
		"number as text":      {"{\"bomFormat\":\"CycloneDX\",\n\"services\":[{\"endpoints\":[17]}]}", "line 2: services.endpoints is number"},
		"broken JSON":         {"{\n\n]", "line 3"},
		"two documents":       {document + document, "something follows"},
		"software alone":      {`{"bomFormat":"CycloneDX","components":[{"type":"library","name":"x"}]}`, "nothing in it names a host"},
		"large":               {scan(strings.Repeat(host(up, "192.0.2.1"), MaxBytes/100)), "larger than 10 MB"},
		"addresses of a host": {`{"bomFormat":"CycloneDX","components":[{"type":"device","name":"x","properties":[{"name":"ip","value":"` + strings.Repeat("192.0.2.1,", 200) + `"}]}]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read("file", strings.NewReader(c.text), Options{})
			if c.says == "" {
				if err != nil || len(got.Rows) != 1 {
					t.Fatalf("%d rows, %v", len(got.Rows), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || len(mistakes(err)) != 1 || mistakes(err)[0].Hint == "" {
				t.Errorf("%v, want %q with a hint", err, c.says)
			}
		})
	}
}

func FuzzFixed(f *testing.F) {
	for _, text := range []string{scan(host(up, "192.0.2.1")), document, "<nmaprun>", "{", "<bom/>"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read("file", strings.NewReader(text), Options{})
		if err == nil && len(got.Rows) == 0 && len(got.Errors) == 0 && len(got.Notes) == 0 {
			t.Errorf("%q says nothing", text)
		}
	})
}
