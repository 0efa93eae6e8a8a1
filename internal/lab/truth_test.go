package lab

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/idna"

	"github.com/ciiscan/ciiscan/internal/lab/daemons"
	"github.com/ciiscan/ciiscan/internal/lab/fakes"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/inventory/importer"
)

func TestHostsHaveTheirPlace(t *testing.T) {
	truth := Country()
	kinds := append(fakes.Kinds(), daemons.Kinds()...)
	addrs := map[netip.Addr]string{}
	documentation := truth.Routed
	for _, h := range truth.Hosts {
		if other := addrs[h.Addr]; other != "" {
			t.Errorf("%s is both %q and %q", h.Addr, other, h.What)
		}
		addrs[h.Addr] = h.What
		if !slices.ContainsFunc(documentation, func(p netip.Prefix) bool { return p.Contains(h.Addr) }) {
			t.Errorf("%s (%s) is not a documentation address", h.Addr, h.What)
		}
		if _, err := truth.Operator(h.Owner); err != nil {
			t.Errorf("%s (%s): %v", h.Addr, h.What, err)
		}
		if h.Silent && len(h.Services) > 0 {
			t.Errorf("%s (%s) is silent and has services", h.Addr, h.What)
		}
		for _, s := range h.Services {
			for _, kind := range []string{s.Kind, s.Fix.Kind} {
				if kind != "" && !slices.Contains(kinds, kind) {
					t.Errorf("%s (%s) port %d: unknown kind %q", h.Addr, h.What, s.Port, kind)
				}
			}
			if s.Kind == "" && s.Port != 0 {
				t.Errorf("%s (%s) port %d: no kind", h.Addr, h.What, s.Port)
			}
		}
	}
	for _, n := range truth.Neighbours {
		if len(addrs[n.Addr]) > 0 && !strings.Contains(n.Why, "excluded") {
			t.Errorf("neighbour %s is also the host %q", n.Addr, addrs[n.Addr])
		}
	}
}

func TestEveryKindIsInTheLab(t *testing.T) {
	used := map[string]bool{}
	for _, h := range Country().Hosts {
		for _, s := range h.Services {
			used[s.Kind], used[s.Fix.Kind] = true, true
		}
	}
	for _, kind := range append(fakes.Kinds(), daemons.Kinds()...) {
		if !used[kind] {
			t.Errorf("no host of the lab shows %q", kind)
		}
	}
}

func TestEveryFixHasOneName(t *testing.T) {
	fixes := Country().Fixes()
	if len(fixes) < 3 {
		t.Errorf("Fixes() = %q, want at least three", fixes)
	}
	if unique := slices.Compact(slices.Clone(fixes)); len(unique) != len(fixes) {
		t.Errorf("Fixes() = %q: a name stands for two repairs", fixes)
	}
	if _, err := Country().After("no-such-repair"); err == nil {
		t.Error("After of an unknown repair gave no error")
	}
}

func TestExposuresExist(t *testing.T) {
	known := map[inventory.CheckID]bool{}
	for _, c := range inventory.ExposureChecks() {
		known[c.ID] = true
	}
	for _, f := range Country().Expected() {
		if strings.HasPrefix(string(f.Check), "exposed-") && !known[f.Check] {
			t.Errorf("%s: no such exposure", f)
		}
	}
}

func TestNamesAreWrittenAsRegistered(t *testing.T) {
	for _, h := range Country().Hosts {
		for _, name := range append(slices.Clone(h.Names), h.Asset) {
			if name == "" || strings.Contains(name, "/") {
				continue
			}
			ascii, err := idna.Lookup.ToASCII(name)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if len(h.Names) > 0 && !slices.Contains(h.Names, ascii) {
				t.Errorf("%s is %s on the wire, which the host does not have", name, ascii)
			}
		}
	}
}

func TestAssetListsImport(t *testing.T) {
	truth := Country()
	for _, o := range truth.Operators {
		want := len(truth.Assets(o.Key))
		for format, write := range map[string]func(*bytes.Buffer) error{
			"csv":  func(b *bytes.Buffer) error { return truth.WriteCSV(b, o.Key) },
			"xlsx": func(b *bytes.Buffer) error { return truth.WriteXLSX(b, o.Key) },
		} {
			var file bytes.Buffer
			if err := write(&file); err != nil {
				t.Fatal(err)
			}
			got, err := importer.Read("assets."+format, &file, importer.Options{})
			if err != nil {
				t.Fatalf("read %s of %s: %v", format, o.Key, err)
			}
			for _, e := range got.Errors {
				t.Errorf("%s of %s: %v", format, o.Key, e)
			}
			if len(got.Rows) != want {
				t.Errorf("%s of %s has %d assets, want %d", format, o.Key, len(got.Rows), want)
			}
		}
	}
}
