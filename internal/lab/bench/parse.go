package main

import (
	"encoding/xml"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"

	"github.com/ciiscan/ciiscan/inventory"
)

var benchLine = regexp.MustCompile(`(?m)^Benchmark(\w+?)(?:-\d+)?\s.*?([\d.e+]+) rows/s`)

// rowsPerSecond reads the rates out of what "go test -bench" prints.
func rowsPerSecond(output string) (map[string]float64, error) {
	rates := map[string]float64{}
	for _, m := range benchLine.FindAllStringSubmatch(output, -1) {
		rate, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, fmt.Errorf("read the rate of %s: %w", m[1], err)
		}
		rates[m[1]] = rate
	}
	for _, name := range []string{"FinishTask", "BareCopy"} {
		if rates[name] == 0 {
			return nil, fmt.Errorf("no rate of Benchmark%s in:\n%s", name, output)
		}
	}
	return rates, nil
}

// metric reads one figure of one benchmark out of what "go test -bench" prints.
func metric(output, benchmark, unit string) (float64, error) {
	line := regexp.MustCompile(`(?m)^Benchmark` + benchmark + `(?:-\d+)?\s.*?([\d.e+]+) ` + regexp.QuoteMeta(unit) + `\b`)
	m := line.FindStringSubmatch(output)
	if m == nil {
		return 0, fmt.Errorf("no %s of Benchmark%s in:\n%s", unit, benchmark, output)
	}
	return strconv.ParseFloat(m[1], 64)
}

// A port is what nmap says of one; only what the bench needs.
type port struct {
	Number   uint16 `xml:"portid,attr"`
	Protocol string `xml:"protocol,attr"`
	State    struct {
		State string `xml:"state,attr"`
	} `xml:"state"`
	Service struct {
		Name    string `xml:"name,attr"`
		Product string `xml:"product,attr"`
		Tunnel  string `xml:"tunnel,attr"`
		Method  string `xml:"method,attr"`
	} `xml:"service"`
}

// openServices lists the open ports in nmap's report, as somebody would take
// them over by hand: with the names that nmap gives.
func openServices(report []byte) ([]inventory.Service, error) {
	var x struct {
		Hosts []struct {
			Address struct {
				Addr string `xml:"addr,attr"`
			} `xml:"address"`
			Ports []port `xml:"ports>port"`
		} `xml:"host"`
	}
	if err := xml.Unmarshal(report, &x); err != nil {
		return nil, fmt.Errorf("read nmap's report: %w", err)
	}
	var all []inventory.Service
	for _, h := range x.Hosts {
		addr, err := netip.ParseAddr(h.Address.Addr)
		if err != nil {
			return nil, fmt.Errorf("read nmap's report: %w", err)
		}
		for _, p := range h.Ports {
			if p.State.State == "open" {
				all = append(all, inventory.Service{
					Addr: addr, Port: p.Number, Transport: inventory.Transport(p.Protocol),
					Name: p.Service.Name, Product: p.Service.Product, TLS: p.Service.Tunnel == "ssl",
				})
			}
		}
	}
	return all, nil
}
