package lab

import "github.com/ciiscan/ciiscan/inventory"

func banking(address, what string, services ...Service) Host {
	return Host{Addr: addr(address), Owner: Bank, What: what, Site: "Colombo", Class: inventory.IT, Services: services}
}

// branches is the network of the bank's branch offices, registered as a whole.
const branches = "203.0.113.32/28"

// bankHosts are the bank's systems with something wrong.
func bankHosts() []Host {
	return []Host{
		banking("203.0.113.11", "Partner interface", port(443, "web-self-signed", "cii-tls-self-signed")),
		banking("203.0.113.12", "Old card terminal gateway", port(443, "web-old-tls", "cii-tls-old-version")),
		banking("203.0.113.13", "Build server", port(8080, "jenkins-open", "cii-jenkins-open")),
		banking("203.0.113.14", "Cluster", port(6443, "kubernetes-open", "cii-kubernetes-anonymous")).critical(inventory.CriticalityHigh, "payments"),
		banking("203.0.113.15", "Cluster node", port(10250, "kubelet-open", "cii-kubelet-pods")),
		banking("203.0.113.16", "Card service",
			port(8081, "actuator-open", "cii-actuator-env").mendedBy("bank-actuator", "actuator-secured")).critical(inventory.CriticalityCritical, "payments"),
		banking("203.0.113.17", "Page cache", port(11211, "memcached-open", "cii-memcached-open", "exposed-memcached")),
		banking("203.0.113.18", "Branch sensors", port(1883, "mosquitto-open", "cii-mqtt-open", "exposed-mqtt")),
		banking("203.0.113.33", "Branch network", port(80, "nginx-default", "cii-default-page-nginx")).as(branches),
		banking("203.0.113.40", "Branch router", port(8443, "web-self-signed", "cii-tls-self-signed")).as(branches),
		banking("203.0.113.41", "Branch with nothing wrong", port(80, "nginx-plain")).as(branches),
		banking("2001:db8:20::11", "Cache, IPv6", port(6379, "redis-open", "cii-redis-open", "exposed-redis")),
	}
}

// bankLookAlikes are in order, or switched off, or lead astray.
func bankLookAlikes() []Host {
	return []Host{
		banking("203.0.113.10", "Web site", port(80, "nginx-plain"), port(443, "web-named")).withNames("www.meridian.example"),
		banking("203.0.113.9", "Company domain", port(80, "nginx-plain")).withNames("meridian.example"),
		banking("203.0.113.20", "Build server with accounts", port(8080, "jenkins-secured")),
		banking("203.0.113.21", "Cluster with accounts", port(6443, "kubernetes-secured")),
		banking("203.0.113.22", "Cluster node with accounts", port(10250, "kubelet-secured")),
		banking("203.0.113.23", "Broker with accounts", port(1883, "mosquitto-secured", "exposed-mqtt")),
		banking("203.0.113.24", "Store with accounts", port(2379, "etcd-secured", "cii-etcd-open")),
		banking("203.0.113.25", "Docker behind a proxy", port(2375, "docker-secured")),
		banking("203.0.113.26", "Search with accounts", port(9200, "elasticsearch-secured", "exposed-elasticsearch")),
		banking("203.0.113.27", "Monitoring with accounts", port(9090, "prometheus-secured")),
		banking("203.0.113.28", "Backup that lists nothing", port(873, "rsync-secured")),
		banking("203.0.113.29", "Router with its own community", port(161, "snmp-secured", "exposed-snmp").udp()),
		banking("203.0.113.30", "Drop box with accounts", port(21, "vsftpd-secured", "exposed-ftp")),
		banking("203.0.113.50", "Mail", named("", 25, "smtp", "cii-smtp-no-tls")).withNames("mail.meridian.example"),
		banking("203.0.113.51", "Card service, put in order", port(8081, "actuator-secured")),
		banking("203.0.113.60", "Closed branch, switched off").silent(),
		banking("203.0.113.62", "A name that changes its mind", port(80, "web")).as("rebind.meridian.example"),
		banking("203.0.113.63", "A name with a foot outside", port(80, "web")).withNames("both.meridian.example"),
		// A name in the letters of its country.
		banking("203.0.113.64", "Coin shop", port(80, "nginx-plain")).withNames("xn--mnze-0ra.meridian.example").as("münze.meridian.example"),
		banking("2001:db8:20::12", "Web site, IPv6", port(80, "web")),
	}
}
