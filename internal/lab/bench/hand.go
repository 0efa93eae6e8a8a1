package main

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
	"github.com/ciiscan/ciiscan/templates"
)

// A byHandScan is what somebody who uses the two tools by hand scans at once.
type byHandScan struct {
	truth   lab.Truth
	targets map[inventory.AssetClass][]inventory.Target
	owners  map[netip.Addr]string
}

// byHand runs nmap over all hosts, then the nuclei engine over every service.
func byHand(ctx context.Context, truth lab.Truth) ([]lab.Finding, error) {
	s := &byHandScan{truth: truth, targets: map[inventory.AssetClass][]inventory.Target{}, owners: map[netip.Addr]string{}}
	s.addTargets()
	services := map[inventory.AssetClass][]inventory.Service{}
	for _, c := range s.commands() {
		found, err := runNmap(ctx, c.args)
		if err != nil {
			return nil, err
		}
		services[c.class] = append(services[c.class], found...)
	}
	var all []lab.Finding
	for _, class := range []inventory.AssetClass{inventory.IT, inventory.OT} {
		for _, svc := range services[class] {
			if check, ok := inventory.ExposureOf(svc); ok {
				all = append(all, lab.Finding{Owner: s.owners[svc.Addr], Addr: svc.Addr, Port: svc.Port, Transport: svc.Transport, Check: check, Detection: inventory.Open})
			}
		}
	}
	matches, err := s.runNuclei(ctx, services)
	return append(all, matches...), err
}

// addTargets permits every host of the operators, under the names that lead
// to it, and every address of the prefixes that they registered.
func (s *byHandScan) addTargets() {
	now := time.Now()
	auth := inventory.Authorization{
		ID: "AUTH-1", Method: inventory.MethodLetter, State: inventory.AuthActive, TimeZone: "UTC",
		Level: inventory.LevelStandard, OTLevel: inventory.LevelLight, From: now.AddDate(0, 0, -1), Until: now.AddDate(0, 0, 1),
	}
	var exclusions []inventory.Exclusion
	for _, o := range s.truth.Operators {
		auth.Prefixes, auth.Names = append(auth.Prefixes, o.Prefixes...), append(auth.Names, o.Names...)
		if o.Exclusion != nil {
			exclusions = append(exclusions, inventory.Exclusion{ID: "X-1", Prefix: o.Exclusion.Prefix, Until: now.AddDate(0, 0, 1)})
		}
	}
	scope := inventory.NewScope([]inventory.Authorization{auth}, exclusions, s.truth.Routed)
	add := func(addr netip.Addr, h lab.Host, name string) {
		subject := inventory.Subject{Asset: inventory.AssetID(addr.String()), Class: h.Class, Name: name}
		if t, err := scope.Authorize(addr, subject, now); err == nil { // what is excluded is left out
			s.targets[h.Class] = append(s.targets[h.Class], t)
			s.owners[addr] = h.Owner
		}
	}
	for _, h := range s.truth.Hosts {
		if network, err := netip.ParsePrefix(h.Asset); err == nil {
			for a := network.Addr(); network.Contains(a); a = a.Next() {
				if s.owners[a] == "" {
					add(a, h, "")
				}
			}
			continue
		}
		for _, name := range h.Names {
			add(h.Addr, h, name)
		}
		if len(h.Names) == 0 {
			add(h.Addr, h, "")
		}
	}
}

// A command is one call of nmap.
type command struct {
	class inventory.AssetClass
	args  []string
}

// commands are the calls that cover all hosts, with the ports and the rates
// of the profiles that ciiscan uses.
func (s *byHandScan) commands() []command {
	var all []command
	for class, name := range map[inventory.AssetClass]string{inventory.IT: "standard", inventory.OT: "ot"} {
		profile, err := scanner.ProfileByName(name)
		if err != nil {
			continue // both are there, as the profile's own tests say
		}
		for _, family := range []string{"-4", "-6"} {
			addrs := s.addresses(class, family == "-6")
			if len(addrs) == 0 {
				continue
			}
			common := append([]string{family, "-n", "-oX", "-", "--max-rate", fmt.Sprint(profile.PacketsPerSecond)}, addrs...)
			if class == inventory.OT {
				all = append(all, command{class, append([]string{"-Pn", "-sT", "-p", profile.TCP.String()}, common...)})
				continue
			}
			versions := []string{"-sV", "--version-intensity", "2"}
			all = append(all,
				command{class, slices.Concat([]string{"-sS", "-p", profile.TCP.String()}, versions, common)},
				command{class, slices.Concat([]string{"-sU", "-p", profile.UDP.String()}, versions, common)})
		}
	}
	return all
}

func (s *byHandScan) addresses(class inventory.AssetClass, six bool) []string {
	var out []string
	for _, t := range s.targets[class] {
		if t.Addr().Is6() == six && !slices.Contains(out, t.Addr().String()) {
			out = append(out, t.Addr().String())
		}
	}
	return out
}

func runNmap(ctx context.Context, args []string) ([]inventory.Service, error) {
	begun := time.Now()
	cmd := exec.CommandContext(ctx, "nmap", args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run nmap: %w: %s", err, stderr.String())
	}
	found, err := openServices(stdout.Bytes())
	shown := strings.Join(args, " ")
	fmt.Printf("  nmap %.90s…: %d services in %s\n", shown, len(found), time.Since(begun).Round(time.Second))
	return found, err
}

// runNuclei runs every approved template over everything in one child.
func (s *byHandScan) runNuclei(ctx context.Context, services map[inventory.AssetClass][]inventory.Service) (found []lab.Finding, err error) {
	catalogue, err := templates.Load()
	if err != nil {
		return nil, fmt.Errorf("load templates: %w", err)
	}
	engine, err := nuclei.New(nuclei.Config{
		Args: []string{childArgument}, Templates: source{catalogue}, TempDir: os.TempDir(),
		Resolvers: []netip.AddrPort{netip.AddrPortFrom(s.truth.NameServer, 53)}, JobsPerChild: 1 << 20,
	})
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	begun := time.Now()
	for class, name := range map[inventory.AssetClass]string{inventory.IT: "standard", inventory.OT: "ot"} {
		profile, err := scanner.ProfileByName(name)
		if err != nil {
			return nil, err
		}
		r, err := engine.Scan(ctx, scanner.Batch{Task: "T-1", Profile: profile, Targets: s.targets[class], Services: services[class]})
		if err != nil {
			return nil, fmt.Errorf("run nuclei: %w", err)
		}
		for _, o := range r.Observations {
			if o.Match != nil {
				found = append(found, lab.Finding{Owner: s.owners[o.Addr], Addr: o.Addr, Port: o.Port, Transport: o.Transport, Hostname: o.Hostname, Check: o.Match.Check, Detection: inventory.Open})
			}
		}
	}
	fmt.Printf("  nuclei engine: %d matches in %s\n", len(found), time.Since(begun).Round(time.Second))
	return found, nil
}

// A source gives the engine the catalogue's approved templates.
type source struct{ catalogue templates.Catalogue }

// Approved implements nuclei.Source.
func (s source) Approved(tags []string) ([]nuclei.Template, error) {
	var out []nuclei.Template
	for _, t := range s.catalogue.Approved(tags...) {
		out = append(out, nuclei.Template{
			ID: t.Check.ID, SHA256: t.SHA256, Body: t.Body, Protocol: string(t.Protocol), Ports: t.Ports, Services: t.Services,
		})
	}
	return out, nil
}
