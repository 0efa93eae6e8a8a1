package inventory

// fixOT is the same for every control protocol: it was never made to be seen.
const fixOT = "Remove the route from other networks to this device today: block the port at the firewall, and reach the device through a VPN with two-factor login and a jump host. Change default passwords, and check the program in the controller for changes."

// otExposures are protocols that steer machines. Most have no login: who
// reaches them commands the machine.
var otExposures = []exposureRule{
	{
		id: "exposed-modbus", title: "Modbus control device can be reached", severity: SeverityCritical, attacked: true, cwe: "CWE-306",
		why: "Modbus has no login: whoever reaches the device can read its values and switch its outputs.",
		fix: fixOT, refs: []string{attackInternet, "https://attack.mitre.org/techniques/T0855/"},
		names: []string{"modbus", "mbap", "asa-appl-proto"}, tcp: Ports(502), udp: Ports(502),
	},
	{
		id: "exposed-s7", title: "Siemens S7 controller can be reached", severity: SeverityCritical, cwe: "CWE-306",
		why: "Whoever reaches the controller can read and stop it, and on many models replace its program.",
		fix: fixOT, refs: []string{attackInternet, "https://attack.mitre.org/techniques/T0858/"},
		names: []string{"iso-tsap", "s7", "s7comm"}, products: []string{"siemens s7"}, tcp: Ports(102),
	},
	{
		id: "exposed-iec104", title: "IEC 60870-5-104 telecontrol can be reached", severity: SeverityCritical, attacked: true, cwe: "CWE-306",
		why: "The protocol steers substations and has no login. The Industroyer attacks on power grids used it to open breakers.",
		fix: fixOT, refs: []string{attackInternet, "https://attack.mitre.org/software/S0604/"},
		names: []string{"iec-104", "iec104"}, tcp: Ports(2404),
	},
	{
		id: "exposed-dnp3", title: "DNP3 telecontrol can be reached", severity: SeverityCritical, cwe: "CWE-306",
		why: "DNP3 steers power and water networks, mostly without a login: whoever reaches it can send commands.",
		fix: fixOT, refs: []string{attackInternet, "https://attack.mitre.org/techniques/T0855/"},
		names: []string{"dnp", "dnp3", "dnp-sec"}, tcp: Ports(20000), udp: Ports(20000),
	},
	{
		id: "exposed-ethernetip", title: "EtherNet/IP control device can be reached", severity: SeverityCritical, cwe: "CWE-306",
		why: "The protocol reads and programs controllers, on many models without a login.",
		fix: fixOT, refs: []string{attackInternet, "https://attack.mitre.org/techniques/T0855/"},
		names: []string{"ethernetip-1", "ethernetip-2", "ethernet-ip-1", "ethernet-ip-2", "ethernet-ip", "enip"}, tcp: Ports(44818), udp: Ports(2222, 44818),
	},
	{
		id: "exposed-bacnet", title: "BACnet building control can be reached", severity: SeverityHigh, cwe: "CWE-306",
		why: "BACnet steers ventilation, doors and alarms, mostly without a login, and can be misused to flood others.",
		fix: fixOT, refs: []string{attackInternet},
		names: []string{"bacnet"}, tcp: Ports(47808), udp: Ports(47808),
	},
	{
		id: "exposed-opcua", title: "OPC UA plant data server can be reached", severity: SeverityHigh,
		why: "OPC UA reads and writes the values of a plant. Without certificates and login it does so for everyone.",
		fix: fixOT, refs: []string{attackInternet},
		names: []string{"opcua-tcp", "opcua-tls", "opcua-udp", "opc-ua"}, tcp: Ports(4840, 4843),
	},
	{
		id: "exposed-fox", title: "Niagara Fox building control can be reached", severity: SeverityHigh,
		why: "Niagara stations steer whole buildings, and tell strangers their version and name before any login.",
		fix: fixOT, refs: []string{attackInternet},
		names: []string{"niagara-fox", "fox", "mtp"}, tcp: Ports(1911, 4911),
	},
	{
		id: "exposed-codesys", title: "CODESYS controller can be reached", severity: SeverityCritical, cwe: "CWE-306",
		why: "Old CODESYS runtimes let whoever reaches them stop the controller and load a new program, without a password.",
		fix: fixOT, refs: []string{attackInternet, "https://attack.mitre.org/techniques/T0843/"},
		names: []string{"wago-io-system", "codesys"}, tcp: Ports(2455),
	},
	{
		id: "exposed-fins", title: "Omron FINS controller can be reached", severity: SeverityCritical, cwe: "CWE-306",
		why: "FINS has no login: whoever reaches the controller can read and write its memory, and stop it.",
		fix: fixOT, refs: []string{attackInternet, "https://attack.mitre.org/techniques/T0855/"},
		names: []string{"micromuse-ncpw", "omron-fins", "fins"}, tcp: Ports(9600), udp: Ports(9600),
	},
}
