package inventory

// References that several rules share.
const (
	attackRemote   = "https://attack.mitre.org/techniques/T1133/"
	attackPublic   = "https://attack.mitre.org/techniques/T1190/"
	attackFlood    = "https://attack.mitre.org/techniques/T1498/002/"
	attackInternet = "https://attack.mitre.org/techniques/T0883/"
)

// Fixes that several rules share.
const (
	fixDatabase = "Let only the application servers reach the database: bind it to an internal address and block the port at the firewall. Give every account a strong password and turn on TLS."
	fixManage   = "Allow the port only from a management network or through a VPN with two-factor login, and block it at the firewall for everyone else."
)

// officeExposures are services of office technology and servers.
var officeExposures = []exposureRule{
	{
		id: "exposed-rdp", title: "Remote desktop (RDP) can be reached", severity: SeverityHigh, attacked: true,
		why:   "Remote desktop is the most common way in for ransomware: attackers guess passwords or use known weaknesses, and then sit at the machine.",
		fix:   fixManage + " Turn on Network Level Authentication and account lockout.",
		refs:  []string{"https://attack.mitre.org/techniques/T1021/001/", attackRemote},
		names: []string{"ms-wbt-server", "ms-wbt-server-proxy", "rdp"}, tcp: Ports(3389), udp: Ports(3389),
	},
	{
		id: "exposed-telnet", title: "Telnet can be reached", severity: SeverityHigh, attacked: true, cwe: "CWE-319",
		why:   "Telnet sends everything, passwords included, as readable text. Anyone on the way can read or change it, and robots try default passwords all day.",
		fix:   "Turn telnet off and use SSH. Where a device knows nothing else, allow it only from a management network.",
		refs:  []string{"https://cwe.mitre.org/data/definitions/319.html", attackRemote},
		names: []string{"telnet", "telnets", "telnet-proxy"}, tcp: Ports(23, 992, 2323),
	},
	{
		id: "exposed-smb", title: "Windows file sharing (SMB) can be reached", severity: SeverityHigh, attacked: true,
		why:   "File sharing hands out files, accounts and, where patches are missing, the whole machine. Worms such as WannaCry spread through it.",
		fix:   "Block port 445 at the firewall. Let partners exchange files through a VPN or a transfer service with login.",
		refs:  []string{"https://attack.mitre.org/techniques/T1021/002/", attackRemote},
		names: []string{"microsoft-ds", "netbios-ssn", "smb", "cifs"}, tcp: Ports(445), udp: Ports(445),
	},
	{
		id: "exposed-netbios", title: "Windows name and session service (NetBIOS) can be reached", severity: SeverityMedium,
		why:   "NetBIOS tells strangers the names of machines, users and shares, and is an old door to file sharing.",
		fix:   "Turn NetBIOS over TCP/IP off, and block ports 137 to 139 at the firewall.",
		refs:  []string{"https://attack.mitre.org/techniques/T1046/"},
		names: []string{"netbios-ssn", "netbios-ns", "netbios-dgm"}, tcp: Ports(139), udp: Ports(137, 138),
	},
	{
		id: "exposed-ldap", title: "Directory service (LDAP) can be reached", severity: SeverityMedium,
		why:   "The directory lists users, groups and machines, and accepts password guesses for all of them. Over UDP it can be misused to flood others.",
		fix:   "Block ports 389, 636, 3268 and 3269 at the firewall, forbid anonymous reading, and require TLS.",
		refs:  []string{"https://attack.mitre.org/techniques/T1087/002/", attackFlood},
		names: []string{"ldap", "ldaps", "ldapssl", "globalcatldap", "globalcatldapssl"}, tcp: Ports(389, 636, 3268, 3269), udp: Ports(389),
	},
	{
		id: "exposed-ftp", title: "File transfer (FTP) can be reached", severity: SeverityMedium, cwe: "CWE-319",
		why:   "FTP sends passwords and files as readable text, and a forgotten anonymous login gives files to everyone.",
		fix:   "Replace FTP by SFTP, or by HTTPS for public files. Until then require TLS and allow known addresses only.",
		refs:  []string{"https://cwe.mitre.org/data/definitions/319.html"},
		names: []string{"ftp", "ftps", "ftp-proxy"}, tcp: Ports(21, 990),
	},
	{
		id: "exposed-rpcbind", title: "Port mapper (RPC) can be reached", severity: SeverityMedium,
		why:   "The port mapper tells strangers which internal services run where, and can be misused to flood others.",
		fix:   "Turn rpcbind off where no NFS is used; otherwise block port 111 at the firewall.",
		refs:  []string{attackFlood},
		names: []string{"rpcbind", "sunrpc", "portmapper"}, tcp: Ports(111), udp: Ports(111),
	},
	{
		id: "exposed-msrpc", title: "Windows remote procedure calls (MSRPC) can be reached", severity: SeverityMedium,
		why:   "Windows is managed through this service. It tells strangers what runs on the machine and has had weaknesses that gave it away.",
		fix:   "Block ports 135 and 593 and the dynamic RPC ports at the firewall.",
		refs:  []string{attackRemote},
		names: []string{"msrpc", "ncacn_http", "http-rpc-epmap"}, tcp: Ports(135, 593),
	},
	{
		id: "exposed-nfs", title: "Unix file sharing (NFS) can be reached", severity: SeverityHigh,
		why:   "NFS mostly trusts the address that asks. Whoever reaches it may read or change the files that it shares.",
		fix:   "Block ports 111 and 2049 at the firewall, and export only to named machines.",
		refs:  []string{attackRemote},
		names: []string{"nfs", "nfs_acl", "mountd"}, tcp: Ports(2049), udp: Ports(2049),
	},
	{
		id: "exposed-mysql", title: "MySQL or MariaDB database can be reached", severity: SeverityHigh, attacked: true,
		why: "A database holds what is worth stealing. Robots guess its passwords and hold the data to ransom.",
		fix: fixDatabase, refs: []string{attackPublic},
		names: []string{"mysql", "mysqlx", "mariadb"}, tcp: Ports(3306, 33060),
	},
	{
		id: "exposed-postgresql", title: "PostgreSQL database can be reached", severity: SeverityHigh,
		why: "A database holds what is worth stealing, and a guessed administrator password also runs programs on the machine.",
		fix: fixDatabase, refs: []string{attackPublic},
		names: []string{"postgresql", "pgbouncer"}, tcp: Ports(5432),
	},
	{
		id: "exposed-mssql", title: "Microsoft SQL Server can be reached", severity: SeverityHigh, attacked: true,
		why: "A database holds what is worth stealing. Robots guess the sa password, and with it run programs on the machine.",
		fix: fixDatabase, refs: []string{attackPublic},
		names: []string{"ms-sql-s", "ms-sql-m"}, tcp: Ports(1433, 1434), udp: Ports(1434),
	},
	{
		id: "exposed-oracle", title: "Oracle database listener can be reached", severity: SeverityHigh,
		why: "The listener leads to the database, which holds what is worth stealing, and old versions let strangers redirect its users.",
		fix: fixDatabase, refs: []string{attackPublic},
		names: []string{"oracle", "oracle-tns", "ncube-lm"}, tcp: Ports(1521),
	},
	{
		id: "exposed-redis", title: "Redis store can be reached", severity: SeverityHigh, attacked: true, cwe: "CWE-306",
		why:   "Redis is made for trusted networks. Without a password it gives its data to everyone and can be made to run foreign programs.",
		fix:   "Bind Redis to an internal address, keep protected mode on, set a password or access list, and block the port at the firewall.",
		refs:  []string{"https://redis.io/docs/latest/operate/oss_and_stack/management/security/"},
		names: []string{"redis"}, tcp: Ports(6379),
	},
	{
		id: "exposed-mongodb", title: "MongoDB database can be reached", severity: SeverityHigh, attacked: true, cwe: "CWE-306",
		why: "Open MongoDB databases are copied and erased by robots, which leave a ransom note.",
		fix: fixDatabase, refs: []string{attackPublic},
		names: []string{"mongodb", "mongod"}, tcp: Ports(27017, 27018, 27019),
	},
	{
		id: "exposed-elasticsearch", title: "Elasticsearch or OpenSearch can be reached", severity: SeverityHigh, attacked: true, cwe: "CWE-306",
		why:   "A search index holds copies of logs and records. Without login everyone can read and erase them.",
		fix:   "Turn on its security features, bind it to an internal address, and block ports 9200 and 9300 at the firewall.",
		refs:  []string{attackPublic},
		names: []string{"elasticsearch", "wap-wsp", "vrace"}, products: []string{"elasticsearch", "opensearch"}, tcp: Ports(9200, 9300),
	},
	{
		id: "exposed-memcached", title: "Memcached can be reached", severity: SeverityHigh, cwe: "CWE-306",
		why:   "Memcached has no login: everyone can read and change what applications keep in it. Over UDP it multiplies floods against others.",
		fix:   "Bind Memcached to an internal address, turn UDP off, and block port 11211 at the firewall.",
		refs:  []string{"https://cwe.mitre.org/data/definitions/306.html", attackFlood},
		names: []string{"memcached", "memcache"}, tcp: Ports(11211), udp: Ports(11211),
	},
	{
		id: "exposed-docker", title: "Docker control interface can be reached", severity: SeverityCritical, attacked: true, cwe: "CWE-306",
		why:   "Whoever reaches this interface without a client certificate owns the machine: it starts containers with all rights.",
		fix:   "Use the local socket or SSH. If it must listen, require client certificates, and allow the port from the management network only.",
		refs:  []string{"https://docs.docker.com/engine/security/protect-access/", "https://attack.mitre.org/techniques/T1610/"},
		names: []string{"docker", "docker-s", "docker-swarm"}, tcp: Ports(2375, 2376),
	},
	{
		id: "exposed-etcd", title: "etcd cluster store can be reached", severity: SeverityCritical, cwe: "CWE-306",
		why:   "etcd holds all settings and secrets of a Kubernetes cluster. Whoever writes to it controls the cluster.",
		fix:   "Require client certificates, and allow ports 2379 and 2380 between the cluster's own machines only.",
		refs:  []string{"https://etcd.io/docs/latest/op-guide/security/"},
		names: []string{"etcd", "etcd-client", "etcd-server"}, products: []string{"etcd"}, tcp: Ports(2379, 2380),
	},
	{
		id: "exposed-kubelet", title: "Kubernetes node agent (kubelet) can be reached", severity: SeverityHigh,
		why:   "The agent starts and enters containers. Where anonymous access is left on, strangers run commands in them.",
		fix:   "Turn anonymous access and the read-only port off, and allow port 10250 from the control plane only.",
		refs:  []string{"https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"},
		names: []string{"kubelet"}, products: []string{"kubelet"}, tcp: Ports(10250, 10255),
	},
	{
		id: "exposed-vnc", title: "Screen sharing (VNC) can be reached", severity: SeverityHigh, attacked: true,
		why:   "VNC shows and steers a screen, often of a control room, behind one short password or none.",
		fix:   fixManage,
		refs:  []string{"https://attack.mitre.org/techniques/T1021/005/", attackRemote},
		names: []string{"vnc", "vnc-1", "vnc-2", "vnc-3", "vnc-http", "rfb"}, tcp: MustPorts("5800-5803,5900-5903"),
	},
	{
		id: "exposed-x11", title: "Unix graphical display (X11) can be reached", severity: SeverityHigh,
		why:   "Whoever may connect to the display can watch the screen and record every key.",
		fix:   "Start the display with -nolisten tcp, and use SSH forwarding instead.",
		refs:  []string{attackRemote},
		names: []string{"x11", "x11:1", "x11:2", "x11:3", "x11:4", "x11:5"}, tcp: MustPorts("6000-6005"),
	},
	{
		id: "exposed-snmp", title: "Network management (SNMP) can be reached", severity: SeverityMedium,
		why:   "SNMP tells addresses, routes and settings of a device, often behind the word \"public\", and with write access changes them.",
		fix:   "Use SNMPv3 with passwords, remove default communities, and allow the port from the management network only.",
		refs:  []string{"https://attack.mitre.org/techniques/T1602/001/", attackFlood},
		names: []string{"snmp"}, tcp: Ports(161), udp: Ports(161),
	},
	{
		id: "exposed-ipmi", title: "Server remote management (IPMI) can be reached", severity: SeverityHigh,
		why:   "The management controller switches a server off and on and sees its screen. Version 2.0 gives password hashes to everyone who asks.",
		fix:   "Put management controllers into a network of their own that only administrators reach.",
		refs:  []string{attackRemote},
		names: []string{"asf-rmcp", "ipmi"}, udp: Ports(623),
	},
	{
		id: "exposed-winrm", title: "Windows remote management (WinRM) can be reached", severity: SeverityHigh,
		why:   "WinRM runs commands on the machine for whoever has, steals or guesses a password.",
		fix:   fixManage,
		refs:  []string{"https://attack.mitre.org/techniques/T1021/006/", attackRemote},
		names: []string{"wsman", "wsmans"}, portProducts: []string{"microsoft httpapi"}, tcp: Ports(5985, 5986),
	},
	{
		id: "exposed-rsh", title: "Old Unix remote login (rexec, rlogin, rsh) can be reached", severity: SeverityHigh, cwe: "CWE-319",
		why:   "These services send passwords as readable text or trust an address instead of asking for one.",
		fix:   "Turn them off and use SSH.",
		refs:  []string{"https://cwe.mitre.org/data/definitions/319.html", attackRemote},
		names: []string{"exec", "rexec", "login", "rlogin", "shell", "rsh", "klogin", "kshell"}, tcp: Ports(512, 513, 514),
	},
	{
		id: "exposed-tftp", title: "Simple file transfer (TFTP) can be reached", severity: SeverityMedium, cwe: "CWE-306",
		why:   "TFTP has no login. It often hands out the configurations of switches and telephones, with their passwords.",
		fix:   "Block port 69 at the firewall, and allow only the devices that load from it.",
		refs:  []string{"https://cwe.mitre.org/data/definitions/306.html"},
		names: []string{"tftp"}, udp: Ports(69),
	},
	{
		id: "exposed-mqtt", title: "Message broker (MQTT) can be reached", severity: SeverityMedium,
		why:   "MQTT carries readings and commands of sensors and machines. Without login everyone reads and sends them.",
		fix:   "Require login and TLS, limit what each client may read and send, and block the port for everyone else.",
		refs:  []string{attackPublic},
		names: []string{"mqtt", "mosquitto", "secure-mqtt", "ibm-mqisdp"}, products: []string{"mosquitto"}, tcp: Ports(1883, 8883),
	},
}
