package reports

import (
	"slices"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Tile is one kind of risky service: whether one is open, and whether it
// opened within the period.
type Tile struct {
	Key   string    `json:"key"` // stable: "rdp"
	Title string    `json:"title"`
	OT    bool      `json:"ot"`
	State TileState `json:"state"`
	Open  int       `json:"open"`
	New   int       `json:"new"` // first seen within the period
}

// TileState is shown by shape, colour and word.
type TileState string

// Tile states.
const (
	TileUntested TileState = "untested" // nothing was reached: nobody knows
	TileNone     TileState = "none"
	TileOpen     TileState = "open"
	TileNew      TileState = "new" // opened within the period
)

// A kind groups exposure checks under one tile.
type kind struct {
	key, title string
	ot         bool
	checks     []inventory.CheckID
}

// kinds lists the tiles in their order: OT protocols first. Whatever exposure
// no tile names is under the last, so that the tiles' sum is the card's.
func kinds() []kind {
	return []kind{
		{"modbus", locale.Key("Modbus"), true, []inventory.CheckID{"exposed-modbus"}},
		{"s7", locale.Key("Siemens S7"), true, []inventory.CheckID{"exposed-s7"}},
		{"dnp3", locale.Key("DNP3"), true, []inventory.CheckID{"exposed-dnp3"}},
		{"iec104", locale.Key("IEC 104"), true, []inventory.CheckID{"exposed-iec104"}},
		{"bacnet", locale.Key("BACnet"), true, []inventory.CheckID{"exposed-bacnet"}},
		{"ethernetip", locale.Key("EtherNet/IP"), true, []inventory.CheckID{"exposed-ethernetip"}},
		{"opcua", locale.Key("OPC UA"), true, []inventory.CheckID{"exposed-opcua"}},
		{"fox", locale.Key("Niagara Fox"), true, []inventory.CheckID{"exposed-fox"}},
		{"controllers", locale.Key("CODESYS, FINS"), true, []inventory.CheckID{"exposed-codesys", "exposed-fins"}},
		{"rdp", locale.Key("Remote desktop (RDP)"), false, []inventory.CheckID{"exposed-rdp"}},
		{"telnet", locale.Key("Telnet, old remote logins"), false, []inventory.CheckID{"exposed-telnet", "exposed-rsh"}},
		{"screens", locale.Key("Screen sharing (VNC, X11)"), false, []inventory.CheckID{"exposed-vnc", "exposed-x11"}},
		{"management", locale.Key("Server and device management"), false, []inventory.CheckID{
			"exposed-winrm", "exposed-ipmi", "exposed-snmp", "exposed-docker", "exposed-etcd", "exposed-kubelet",
		}},
		{"smb", locale.Key("Windows file sharing (SMB)"), false, []inventory.CheckID{"exposed-smb"}},
		{"netbios", locale.Key("NetBIOS"), false, []inventory.CheckID{"exposed-netbios"}},
		{"ldap", locale.Key("Directory (LDAP)"), false, []inventory.CheckID{"exposed-ldap"}},
		{"rpc", locale.Key("RPC and NFS"), false, []inventory.CheckID{"exposed-rpcbind", "exposed-msrpc", "exposed-nfs"}},
		{"ftp", locale.Key("File transfer (FTP, TFTP)"), false, []inventory.CheckID{"exposed-ftp", "exposed-tftp"}},
		{"databases", locale.Key("Databases"), false, []inventory.CheckID{
			"exposed-mysql", "exposed-postgresql", "exposed-mssql", "exposed-oracle", "exposed-redis", "exposed-mongodb", "exposed-elasticsearch",
			"exposed-memcached",
		}},
		{key: "others", title: locale.Key("Others")},
	}
}

// managers are the tiles of interfaces by which machines are run from afar.
var managers = []string{"rdp", "telnet", "screens", "management"}

// kindOf returns the tile of a risky service.
func kindOf(all []kind, check inventory.CheckID) int {
	for i, k := range all {
		if slices.Contains(k.checks, check) {
			return i
		}
	}
	return len(all) - 1
}

// tiles counts the risky services by kind.
func tiles(services []Service, basis Basis) []Tile {
	all := kinds()
	out := make([]Tile, len(all))
	for i, k := range all {
		out[i] = Tile{Key: k.key, Title: k.title, OT: k.ot, State: TileNone}
		if basis == BasisUntested || basis == BasisUnreached || basis == BasisEmpty {
			out[i].State = TileUntested
		}
	}
	for _, s := range services {
		if s.Risky == "" {
			continue
		}
		t := &out[kindOf(all, s.Risky)]
		t.Open++
		if s.New {
			t.New++
		}
		if t.State = TileOpen; t.New > 0 {
			t.State = TileNew
		}
	}
	return out
}

// Basis says how much the numbers rest on.
type Basis string

// Bases, from nothing to everything.
const (
	BasisEmpty     Basis = "empty"     // no asset is registered
	BasisUntested  Basis = "untested"  // nothing was looked at
	BasisUnreached Basis = "unreached" // nothing answered
	BasisPart      Basis = "part"
	BasisWhole     Basis = "whole" // every asset was fully looked at
)

// basis tells how much of what is registered was looked at.
func basis(coverage []Look) Basis {
	asked, reached, whole := 0, 0, 0
	for _, l := range coverage {
		if l.Addresses > 0 {
			asked++
		}
		if l.Reached > 0 {
			reached++
		}
		if lookRank(l) == 2 {
			whole++
		}
	}
	switch {
	case len(coverage) == 0:
		return BasisEmpty
	case asked == 0:
		return BasisUntested
	case reached == 0:
		return BasisUnreached
	case whole < len(coverage):
		return BasisPart
	}
	return BasisWhole
}

// Known tells whether a count of what was found means anything.
func (b Basis) Known() bool { return b == BasisPart || b == BasisWhole }

// IsOT tells whether a service is a control protocol, or runs on an OT asset.
func (s Service) IsOT() bool {
	all := kinds()
	return s.Asset.Class == inventory.OT || s.Risky != "" && all[kindOf(all, s.Risky)].ot
}

// IsManagement tells whether machines are run from afar by a service.
func (s Service) IsManagement() bool {
	all := kinds()
	return s.Risky != "" && slices.Contains(managers, all[kindOf(all, s.Risky)].key)
}

// IsOTProtocol tells whether an exposure is of a control protocol.
func IsOTProtocol(check inventory.CheckID) bool {
	all := kinds()
	return check != "" && all[kindOf(all, check)].ot
}
