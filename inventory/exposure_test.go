package inventory

import (
	"net/url"
	"strings"
	"testing"
)

func TestExposureOf(t *testing.T) {
	for _, c := range []struct {
		reason    string
		name      string
		product   string
		port      uint16
		transport Transport
		want      CheckID
	}{
		{"by nmap's name", "ms-wbt-server", "", 3389, TCP, "exposed-rdp"},
		{"by name on another port", "ms-wbt-server", "", 13389, TCP, "exposed-rdp"},
		{"by port when nothing is known", "", "", 6379, TCP, "exposed-redis"},
		{"unknown is nothing", "unknown", "", 10255, TCP, "exposed-kubelet"},
		{"another service on a risky port", "ssh", "OpenSSH", 6379, TCP, ""},
		{"a web server on Docker's port", "http", "nginx", 2375, TCP, ""},
		{"a web server on MQTT's port", "http", "nginx", 1883, TCP, ""},
		{"doubt is nmap's question mark", "redis?", "", 7000, TCP, "exposed-redis"},
		{"letters' case is nmap's", "X11", "", 6000, TCP, "exposed-x11"},
		{"through TLS", "ssl/redis", "", 6380, TCP, "exposed-redis"},
		{"the guess by port: Modbus", "mbap", "", 502, TCP, "exposed-modbus"},
		{"the probe's word: Modbus", "modbus", "", 502, TCP, "exposed-modbus"},
		{"S7", "iso-tsap", "Siemens S7 PLC", 102, TCP, "exposed-s7"},
		{"IEC 104", "iec-104", "", 2404, TCP, "exposed-iec104"},
		{"DNP3", "dnp", "", 20000, TCP, "exposed-dnp3"},
		{"EtherNet/IP", "EtherNetIP-2", "", 44818, TCP, "exposed-ethernetip"},
		{"BACnet", "bacnet", "", 47808, UDP, "exposed-bacnet"},
		{"OPC UA", "opcua-tcp", "", 4840, TCP, "exposed-opcua"},
		{"Fox by table", "mtp", "", 1911, TCP, "exposed-fox"},
		{"CODESYS by table", "wago-io-system", "", 2455, TCP, "exposed-codesys"},
		{"FINS by table", "micromuse-ncpw", "", 9600, TCP, "exposed-fins"},
		{"Samba calls itself NetBIOS on 445", "netbios-ssn", "Samba smbd", 445, TCP, "exposed-smb"},
		{"and is NetBIOS on 139", "netbios-ssn", "Samba smbd", 139, TCP, "exposed-netbios"},
		{"and a file share elsewhere", "microsoft-ds", "", 4455, TCP, "exposed-smb"},
		{"Elasticsearch speaks HTTP", "http", "Elasticsearch REST API", 9201, TCP, "exposed-elasticsearch"},
		{"Elasticsearch by table", "wap-wsp", "", 9200, TCP, "exposed-elasticsearch"},
		{"WinRM speaks HTTP", "http", "Microsoft HTTPAPI httpd", 5985, TCP, "exposed-winrm"},
		{"its server elsewhere is a web site", "http", "Microsoft HTTPAPI httpd", 80, TCP, ""},
		{"mosquitto", "mosquitto", "", 1883, TCP, "exposed-mqtt"},
		{"MongoDB, both words", "mongod", "", 27017, TCP, "exposed-mongodb"},
		{"MongoDB, both words", "mongodb", "", 27017, TCP, "exposed-mongodb"},
		{"who hides, tells nothing", "tcpwrapped", "", 3389, TCP, ""},
		{"syslog is not rsh", "syslog", "", 514, UDP, ""},
		{"the transport counts for a port", "", "", 161, UDP, "exposed-snmp"},
		{"the transport counts for a port", "", "", 69, TCP, ""},
		{"SSH is not on the list", "ssh", "", 22, TCP, ""},
	} {
		got, ok := ExposureOf(Service{Name: c.name, Product: c.product, Port: c.port, Transport: c.transport})
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: ExposureOf(%s %q %d/%s) = %q, want %q", c.reason, c.name, c.product, c.port, c.transport, got, c.want)
		}
	}
}

func TestExposureChecks(t *testing.T) {
	seen := map[CheckID]bool{}
	for _, c := range ExposureChecks() {
		if seen[c.ID] || !strings.HasPrefix(string(c.ID), "exposed-") {
			t.Errorf("id %q is not new or not ours", c.ID)
		}
		seen[c.ID] = true
		if c.Title == "" || c.Why == "" || c.Fix == "" || len(c.References) == 0 || c.Source != "exposure" {
			t.Errorf("%s says too little: %+v", c.ID, c)
		}
		if c.Severity.Rank() < SeverityMedium.Rank() {
			t.Errorf("%s has severity %q", c.ID, c.Severity)
		}
		for _, r := range c.References {
			if u, err := url.Parse(r); err != nil || u.Scheme != "https" || u.Host == "" {
				t.Errorf("%s: reference %q", c.ID, r)
			}
		}
	}
	for _, r := range otExposures {
		if r.severity.Rank() < SeverityHigh.Rank() {
			t.Errorf("%s steers machines, and is only %s", r.id, r.severity)
		}
	}
	for _, r := range exposureRules { // what no rule can decide is a mistake in the table
		for _, name := range r.names {
			if name != serviceName(name) {
				t.Errorf("%s: name %q is never asked for", r.id, name)
			}
		}
		ports := map[Transport]PortSet{TCP: r.tcp, UDP: r.udp}
		for transport, set := range ports {
			for port := range set.All() {
				if got, _ := ExposureOf(Service{Port: port, Transport: transport}); got != r.id {
					t.Errorf("port %d/%s belongs to %s and %s", port, transport, got, r.id)
				}
			}
		}
	}
	first := ExposureChecks()
	first[0].Title, first[0].References[0] = "changed", "changed"
	if again := ExposureChecks()[0]; again.Title == "changed" || again.References[0] == "changed" {
		t.Error("a caller can change the table")
	}
}
