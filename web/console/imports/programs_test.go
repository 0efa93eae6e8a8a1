package imports_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

const nmapFile = `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE nmaprun><nmaprun scanner="nmap">
<host><status state="up" reason="echo-reply"/><address addr="203.0.113.31" addrtype="ipv4"/><address addr="2001:db8:31::1" addrtype="ipv6"/>
<hostnames><hostname name="hmi&lt;b&gt;.example.org" type="PTR"/></hostnames></host>
<host><status state="down" reason="no-response"/><address addr="203.0.113.32" addrtype="ipv4"/></host>
<host><status state="up" reason="echo-reply"/><address addr="=1+1" addrtype="ipv4"/></host>
%s</nmaprun>`

const bomFile = `{"bomFormat": "CycloneDX", "components": [{"type": "device", "name": "PLC", "properties": [{"name": "ip", "value": "203.0.113.41"}]}],
	"services": [{"name": "Portal", "endpoints": ["https://portal.example.org/x", "/y"]}, {"name": "Bad", "endpoints": ["https://local host/"]}]}`

func TestWhatNmapWroteIsImportedAndTakenBack(t *testing.T) {
	w := consoletest.New(t)
	admin := w.As("operator_admin")
	others := ""
	for _, a := range w.Assets {
		if a.Org == w.Water && !strings.ContainsAny(a.Address.String(), "/abcdefghijklmnopqrstuvwxyz") {
			others = fmt.Sprintf("<host><status state=\"up\"/><address addr=%q addrtype=\"ipv4\"/></host>", a.Address)
		}
	}
	if others == "" {
		t.Fatal("the world has no address of another organisation")
	}
	status, path, body := send(t, w, "scan.xml", []byte(fmt.Sprintf(nmapFile, others)))
	if status != 303 {
		t.Fatalf("bring = %d\n%.2000s", status, body)
	}
	page := admin.Get(path)
	for _, want := range []string{
		"203.0.113.31", "2001:db8:31::1", "hmi&lt;b&gt;.example.org", "hosts left out, as they were down: 1", "Columns: as nmap wrote them",
		"Import the 2 good rows only", "line 5", "is registered by another organisation",
	} {
		if !page.Has(want) {
			t.Errorf("the preview lacks %q\n%.4000s", want, page.Body)
		}
	}
	if page.Has("203.0.113.32") || page.Has("column-A") {
		t.Error("the preview has a host that was down, or asks what columns hold")
	}
	if got := admin.Post(path+"/columns", url.Values{"column-A": {"address"}}); got.Status != 422 || !got.Has("its columns are as nmap wrote them") {
		t.Errorf("columns told = %d\n%.1500s", got.Status, got.Body)
	}
	if got := admin.Get(path + "/errors.csv").Body; !strings.Contains(got, "element,address,host,name,row,mistakes") || !strings.Contains(got, "line 5,'=1+1,") {
		t.Errorf("rows with mistakes:\n%s", got)
	}
	if got := admin.Post(path+"/apply", url.Values{"mode": {"all"}}); got.Status != 422 {
		t.Errorf("all or nothing = %d, want a refusal", got.Status)
	}
	if got := admin.Post(path+"/apply", url.Values{"mode": {"valid"}}); got.Status != 303 {
		t.Fatalf("apply = %d\n%.2000s", got.Status, got.Body)
	}
	if list := admin.Get("/assets?q=203.0.113.31"); !list.Has("hmi&lt;b&gt;.example.org") {
		t.Error("the host is not in the list")
	}
	if scans := admin.Get("/scans"); scans.Has("203.0.113.31") {
		t.Error("importing scanned")
	}
	if _, again, _ := send(t, w, "scan.xml", []byte(fmt.Sprintf(nmapFile, ""))); !admin.Get(again + "?class=same").Has("2001:db8:31::1") {
		t.Error("the same scan again does not find its hosts the same")
	}
	if got := admin.Post(path+"/undo", nil); got.Status != 200 || !got.Has("2 assets were removed") {
		t.Errorf("undo = %d\n%.2000s", got.Status, got.Body)
	}
}

func TestCycloneDXIsPastedOrUploaded(t *testing.T) {
	w := consoletest.New(t)
	admin := w.As("operator_admin")
	_, uploaded, _ := send(t, w, "bom.json", []byte(bomFile))
	for _, path := range []string{uploaded, bring(t, admin, bomFile)} {
		page := admin.Get(path)
		for _, want := range []string{"203.0.113.41", "PLC", "portal.example.org", "Portal", "services[1]", "paths without a host: 1", "Columns: as CycloneDX wrote them"} {
			if !page.Has(want) {
				t.Errorf("the preview lacks %q\n%.4000s", want, page.Body)
			}
		}
	}
	if got := admin.Post(uploaded+"/apply", url.Values{"mode": {"valid"}}); got.Status != 303 {
		t.Errorf("apply = %d\n%.2000s", got.Status, got.Body)
	}
}

func TestThePageTellsWhatItTakes(t *testing.T) {
	page := consoletest.New(t).As("operator_admin").Get("/imports/new")
	for _, want := range []string{`accept=".csv,.xlsx,.txt,.xml,.json"`, "nmap", "CycloneDX", "Importing scans nothing"} {
		if !page.Has(want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
