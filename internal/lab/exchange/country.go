package main

import (
	"net/netip"
	"slices"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/inventory"
)

// never is a cron expression whose moment does not come.
const never = "0 0 29 2 *"

// alphaCountry has a bank with a cache that everybody may read.
func alphaCountry() lab.Truth {
	return country("LK",
		owner{"bank", "Meridian Bank", inventory.SectorBanking, []string{
			"2001:db8:20::11", // redis open to all
			"203.0.113.17",    // memcached open to all
		}},
	)
}

// Hosts of Beta that Alpha's warning concerns, by what becomes of it. All are
// caches open to all when Beta scans its country, before the warning.
const (
	affectedHost = "198.51.100.13" // still is
	mendedHost   = "198.51.100.29" // has a password by then
	goneHost     = "198.51.100.38" // is off the network by then
)

// repairs are what is done at Beta between its scan and the warning.
func repairs() []string { return []string{"energy-queue", "energy-old-queue"} }

// betaCountry has such a cache at three operators, and a web server at each.
func betaCountry() lab.Truth {
	return country("BD",
		owner{"grid", "Padma Grid", inventory.SectorEnergy, []string{affectedHost, "198.51.100.10"}},
		owner{"rail", "Delta Railways", inventory.SectorTransport, []string{mendedHost, "198.51.100.11"}},
		owner{"water", "Meghna Water", inventory.SectorWater, []string{goneHost, "198.51.100.9"}},
	)
}

type owner struct {
	key, name string
	sector    inventory.Sector
	hosts     []string
}

// country is a part of the lab in other hands: whole hosts of it, registered
// by their addresses, with nothing authorised but those.
func country(code string, owners ...owner) lab.Truth {
	all := lab.Country()
	t := all
	t.Operators, t.Hosts = nil, nil
	for _, o := range owners {
		op := lab.Operator{
			Key: o.key, Name: o.name, Sector: o.sector, Country: code, Criticality: inventory.CriticalityHigh, TimeZone: "UTC", Cron: never,
			Contacts: []lab.Contact{{Name: "Security desk", Email: "security@" + o.key + ".example", Role: inventory.RoleTechnical}},
		}
		for _, text := range o.hosts {
			addr := netip.MustParseAddr(text)
			i := slices.IndexFunc(all.Hosts, func(h lab.Host) bool { return h.Addr == addr })
			h := all.Hosts[i]
			h.Owner, h.Names, h.Asset = o.key, nil, ""
			t.Hosts = append(t.Hosts, h)
			op.Prefixes = append(op.Prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		}
		t.Operators = append(t.Operators, op)
	}
	return t
}
