package scanner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Profile is how hard and how fast to look.
type Profile struct {
	Name  string
	Level inventory.Level // the least authorisation that it needs

	TCP, UDP  inventory.PortSet
	Discovery bool     // find out first which hosts are up
	Versions  bool     // ask services what they are
	Scripts   []string // nmap NSE scripts, all of the category "safe"
	Connect   bool     // complete TCP connections even where SYN is possible
	Serial    bool     // one host, one port, one connection at a time

	PacketsPerSecond int           // to the whole batch
	HostTimeout      time.Duration // after it the host is partial
	BatchSize        int           // most addresses in one task

	Templates         bool                // run approved nuclei templates
	TemplateTags      []string            // only templates with one of these; none means all
	Checks            []inventory.CheckID // only these of them; none means all
	RequestsPerSecond int                 // to one host
}

// ports that a light look names: what operators expose most and regret most.
const lightTCP = "21,22,23,25,53,80,110,111,135,139,143,389,443,445,465,502,587,636,873,993,995,102,1433,1521,1723,1883,1911,2049,2181,2375-2376,2379,2404,3128,3306,3389,4840,5000,5432,5601,5672,5900-5901,5985-5986,6379,6443,7001,8000,8008,8080-8081,8086,8088,8443,8834,8883,8888,9000,9090-9093,9100,9200,9300,9443,10000,10250,11211,15672,20000,27017,44818,50000"

// certificates is nmap's script that asks what a service proves its identity
// with: one handshake for each service that speaks TLS.
const certificates = "ssl-cert"

// Profiles lists the profiles, gentlest first.
func Profiles() []Profile {
	light := inventory.MustPorts(lightTCP)
	udp := inventory.Ports(53, 69, 123, 161, 500, 623, 1900, 5353)
	standard := light
	standard.AddRange(1, 1024)
	return []Profile{
		{
			Name: "ot", Level: inventory.LevelLight,
			TCP:       inventory.Ports(80, 102, 443, 502, 1911, 2404, 4840, 20000, 44818),
			Discovery: false, Connect: true, Serial: true,
			PacketsPerSecond: 5, HostTimeout: 3 * time.Minute, BatchSize: 1,
			Templates: true, TemplateTags: []string{"ot"}, RequestsPerSecond: 1,
		},
		{
			Name: "light", Level: inventory.LevelLight,
			TCP: light, Discovery: true, Versions: true, Connect: true, Scripts: []string{certificates},
			PacketsPerSecond: 50, HostTimeout: 10 * time.Minute, BatchSize: 32,
			Templates: true, RequestsPerSecond: 5,
		},
		{
			Name: "standard", Level: inventory.LevelStandard,
			TCP: standard, UDP: udp, Discovery: true, Versions: true, Scripts: []string{certificates},
			PacketsPerSecond: 1000, HostTimeout: 20 * time.Minute, BatchSize: 32,
			Templates: true, RequestsPerSecond: 20,
		},
		{
			Name: "intensive", Level: inventory.LevelIntensive,
			TCP: inventory.MustPorts("1-65535"), UDP: udp, Discovery: true, Versions: true,
			Scripts:          []string{certificates, "ssh-hostkey", "http-title"},
			PacketsPerSecond: 2000, HostTimeout: 4 * time.Hour, BatchSize: 8,
			Templates: true, RequestsPerSecond: 20,
		},
	}
}

// ProfileByName finds a profile.
func ProfileByName(name string) (Profile, error) {
	all := Profiles()
	i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, &inventory.InputError{
			Field: "profile", Value: name, Message: "unknown profile",
			Hint: "use one of: " + strings.Join(profileNames(all), ", "),
		}
	}
	return all[i], nil
}

func profileNames(all []Profile) []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return names
}

// ForClass returns the profile to use on assets of a class: OT assets get the
// ot profile unless their authorisation names a higher level for OT.
func (p Profile) ForClass(class inventory.AssetClass, allowed inventory.Level) (Profile, error) {
	if class != inventory.OT || allowed > inventory.LevelLight {
		return p, nil
	}
	ot, err := ProfileByName("ot")
	if err != nil {
		return Profile{}, fmt.Errorf("profile for OT: %w", err)
	}
	return ot, nil
}

// Within returns p, or the most thorough profile that needs no more than the
// level: who limits one asset wants it looked at so, and not left out.
func (p Profile) Within(level inventory.Level) Profile {
	if p.Level <= level {
		return p
	}
	all := Profiles()
	for i := len(all) - 1; i > 0; i-- { // the first is for OT
		if all[i].Level <= level {
			return all[i]
		}
	}
	return p
}
