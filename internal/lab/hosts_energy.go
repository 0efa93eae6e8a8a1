package lab

import "github.com/ciiscan/ciiscan/inventory"

func energy(address, what string, services ...Service) Host {
	return Host{Addr: addr(address), Owner: Energy, What: what, Site: "Head office", Class: inventory.IT, Services: services}
}

func (h Host) withNames(names ...string) Host {
	h.Names = names
	return h
}

// as sets how the owner registered the host.
func (h Host) as(asset string) Host {
	h.Asset = asset
	return h
}

func (h Host) critical(c inventory.Criticality, tags ...string) Host {
	h.Criticality, h.Tags = c, tags
	return h
}

func (h Host) silent() Host {
	h.Silent = true
	return h
}

// energyHosts are the energy company's office systems with something wrong.
func energyHosts() []Host {
	return []Host{
		energy("198.51.100.9", "Company domain",
			port(80, "nginx-plain"),
			Service{Expect: expects("northgrid.example", "cii-dns-spf-missing", "cii-dns-dmarc-missing", "cii-dns-caa-missing")},
		).withNames("northgrid.example"),
		energy("198.51.100.10", "Outage map",
			port(80, "nginx-git", "cii-git-exposed").mendedBy("energy-git", "nginx-plain")).critical(inventory.CriticalityHigh, "public"),
		energy("198.51.100.11", "Test protocols", port(80, "nginx-listing", "cii-directory-listing")),
		energy("198.51.100.12", "Meter shop", port(80, "web-leaks", "cii-env-file-exposed", "cii-phpinfo-exposed", "cii-apache-server-status")),
		energy("198.51.100.13", "Session cache",
			port(6379, "redis-open", "cii-redis-open", "exposed-redis").fixedBy("energy-redis")),
		energy("198.51.100.14", "Exchange of drawings", port(21, "vsftpd-open", "cii-ftp-anonymous", "exposed-ftp")),
		energy("198.51.100.15", "Metering search", port(9200, "elasticsearch-open", "cii-elasticsearch-open", "exposed-elasticsearch")),
		energy("198.51.100.16", "Metering database", port(27017, "mongodb-open", "cii-mongodb-open", "exposed-mongodb")),
		energy("198.51.100.17", "Build server", port(2375, "docker-open", "cii-docker-api-open", "exposed-docker")),
		energy("198.51.100.18", "Cluster store", port(2379, "etcd-open", "cii-etcd-open", "cii-etcd-keys-readable")),
		energy("198.51.100.19", "Monitoring", port(9090, "prometheus-open", "cii-prometheus-open")),
		energy("198.51.100.20", "Substation 7 gateway",
			port(22, "ssh"), port(23, "telnet", "cii-telnet-login", "exposed-telnet")).critical(inventory.CriticalityCritical, "substation"),
		energy("198.51.100.21", "Backup server", port(873, "rsync-open", "cii-rsync-modules")),
		energy("198.51.100.22", "Feeder terminal", port(161, "snmp-public", "exposed-snmp").udp()),
		energy("198.51.100.23", "Customer portal", port(443, "web-expired", "cii-tls-expired")),
		energy("198.51.100.24", "Operator screen", port(5900, "vnc-open", "cii-vnc-no-auth", "exposed-vnc")),
		energy("198.51.100.25", "Queue", port(2181, "zookeeper", "cii-zookeeper-open")),
		energy("192.0.2.80", "Portal in the cloud",
			named("field.northgrid.example", 80, "nginx-vhosts", "cii-git-exposed").mendedBy("energy-cloud", "nginx-vhosts-fixed"),
			Service{Expect: expects("field.northgrid.example", "cii-dns-caa-missing")},
			Service{Expect: expects("portal.northgrid.example", "cii-dns-caa-missing")},
		).withNames("portal.northgrid.example", "field.northgrid.example"),
		energy("2001:db8:10::13", "Cache, IPv6", port(11211, "memcached-open", "cii-memcached-open", "exposed-memcached")),
		energy("198.51.100.26", "Firewalled cache", port(80, "web"), port(6379, "redis-open").filtered()),
		energy("198.51.100.27", "Spare server, switched off").silent(),
		energy("198.51.100.29", "Ticket queue",
			port(6379, "redis-open", "cii-redis-open", "exposed-redis").mendedBy("energy-queue", "redis-secured", "exposed-redis")),
		energy("198.51.100.38", "Ticket queue of old",
			port(6379, "redis-open", "cii-redis-open", "exposed-redis").fixedBy("energy-old-queue")),
	}
}

// energyLookAlikes are in order, or at least not what they seem.
func energyLookAlikes() []Host {
	return []Host{
		energy("198.51.100.30", "Cache with a password", port(6379, "redis-secured", "exposed-redis")),
		energy("198.51.100.31", "Web page on a cache's port", port(6379, "web-says-redis")),
		energy("198.51.100.32", "Shell on a controller's port", port(502, "ssh")),
		energy("198.51.100.33", "Database with accounts", port(27017, "mongodb-secured", "exposed-mongodb")),
		energy("198.51.100.34", "Screen with a password", port(5900, "vnc-secured", "exposed-vnc")),
		energy("198.51.100.35", "Article on exposed services", port(80, "web-talks-about-it")),
		energy("198.51.100.36", "Meter shop, put in order", port(80, "web-leaks-fixed")),
		energy("198.51.100.37", "Web page on a controller's port", port(102, "web")),
	}
}

// hostileHosts do to a scanner what the worst hosts of the internet do.
func hostileHosts() []Host {
	return []Host{
		energy("198.51.100.40", "Says nothing", port(80, "tarpit")),
		energy("198.51.100.41", "Has every page", port(80, "always-200")),
		energy("198.51.100.42", "Never ends", port(80, "endless")),
		energy("198.51.100.43", "Unfolds without end", port(80, "gzip-bomb")),
		energy("198.51.100.44", "Speaks in markup", port(80, "markup"), port(21, "ftp-markup", "exposed-ftp")),
		energy("198.51.100.45", "Sends visitors next door", port(80, "redirect")),
		energy("198.51.100.46", "Noise", port(8080, "noise")),
	}
}

// controlHosts move things. They are registered as OT, so they get the gentle
// profile, which looks at named ports and asks no versions: there a port
// alone makes an exposure.
func controlHosts() []Host {
	control := func(address, what string, services ...Service) Host {
		h := energy(address, what, services...).critical(inventory.CriticalityCritical, "scada")
		h.Class, h.Site = inventory.OT, "Substation 7"
		return h
	}
	return []Host{
		control("198.51.100.64", "Bay controller 1", port(502, "modbus", "cii-modbus-identification", "exposed-modbus"), port(80, "plc-web")),
		control("198.51.100.65", "Bay controller 2", port(102, "s7", "cii-s7-identification", "exposed-s7")),
		control("198.51.100.66", "Pump controller", port(44818, "enip", "cii-enip-identity", "exposed-ethernetip")),
		control("198.51.100.67", "Telecontrol gateway", port(2404, "iec104", "cii-iec104-testfr", "exposed-iec104")),
		control("198.51.100.68", "Bay controller 3, switched off").silent(),
		control("198.51.100.69", "Terminal server",
			port(102, "s7-not", "exposed-s7"), port(502, "modbus-not", "exposed-modbus"), port(44818, "enip-not", "exposed-ethernetip")),
		control("198.51.100.97", "Relay of bay 4, excluded").silent(),
	}
}
