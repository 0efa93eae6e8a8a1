package fakes

// kinds names every service. To add one, write its handler in the file of its
// family and a line here, then give it a place in the lab's truth.
func kinds() map[string]kind {
	return map[string]kind{
		// Machines that move things, and what else may sit on their ports.
		"modbus":      {stream: modbus},
		"modbus-not":  {stream: greeter("220 maintenance console ready\r\n")},
		"s7":          {stream: s7(true)},
		"s7-not":      {stream: s7(false)},
		"enip":        {stream: enip(true)},
		"enip-not":    {stream: enip(false)},
		"iec104":      {stream: iec104},
		"plc-web":     {http: plcPage},
		"vnc-open":    {stream: vnc(1)},
		"vnc-secured": {stream: vnc(2)},

		// Consoles and databases.
		"telnet":          {stream: telnet},
		"mongodb-open":    {stream: mongodb(true)},
		"mongodb-secured": {stream: mongodb(false)},
		"zookeeper":       {stream: zookeeper},
		"smtp":            {stream: smtp},
		"ssh":             {stream: ssh},
		"ftp-markup":      {stream: ftp(markupBanner)},

		// Interfaces that machines talk to, open and closed.
		"docker-open":           {http: docker(true)},
		"docker-secured":        {http: docker(false)},
		"etcd-open":             {http: etcd(true)},
		"etcd-secured":          {http: etcd(false)},
		"elasticsearch-open":    {http: elasticsearch(true)},
		"elasticsearch-secured": {http: elasticsearch(false)},
		"kubernetes-open":       {http: kubernetes(true), cert: trusted},
		"kubernetes-secured":    {http: kubernetes(false), cert: trusted},
		"kubelet-open":          {http: kubelet(true), cert: trusted},
		"kubelet-secured":       {http: kubelet(false), cert: trusted},
		"prometheus-open":       {http: prometheus(true)},
		"prometheus-secured":    {http: prometheus(false)},
		"jenkins-open":          {http: jenkins(true)},
		"jenkins-secured":       {http: jenkins(false)},
		"actuator-open":         {http: actuator(true)},
		"actuator-secured":      {http: actuator(false)},

		// Web pages and certificates.
		"web":                {http: site},
		"web-named":          {http: site, cert: trusted},
		"web-expired":        {http: site, cert: expired},
		"web-self-signed":    {http: site, cert: selfSigned},
		"web-old-tls":        {http: site, cert: oldTLS},
		"web-leaks":          {http: leaks(true)},
		"web-leaks-fixed":    {http: leaks(false)},
		"web-says-redis":     {http: saysRedis},
		"web-talks-about-it": {http: talksAboutIt},

		// Hosts that mean harm.
		"tarpit":     {stream: tarpit},
		"always-200": {http: always200},
		"endless":    {http: endless},
		"gzip-bomb":  {http: gzipBomb},
		"markup":     {http: markup},
		"redirect":   {http: redirect},
		"noise":      {stream: noise},
	}
}
