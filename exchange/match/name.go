package match

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/knqyf263/go-cpe/common"
	"github.com/knqyf263/go-cpe/naming"
	packageurl "github.com/package-url/packageurl-go"
)

// A name is what software is called; vendor is "" where nobody says.
type name struct{ vendor, product string }

// vendors are other names of the same maker, as CPE, nmap and advisories use
// them.
var vendors = map[string]string{
	"nginx": "f5", "igor_sysoev": "f5", "redislabs": "redis", "redis_labs": "redis", "pivotal_software": "redis",
	"openssh": "openbsd", "apache_software_foundation": "apache", "the_apache_software_foundation": "apache",
	"sun": "oracle", "mysql": "oracle", "postgresql_global_development_group": "postgresql", "eclipse_foundation": "eclipse",
	"internet_systems_consortium": "isc", "microsoft_corporation": "microsoft", "elasticsearch": "elastic", "elasticsearch_bv": "elastic",
	"mongo_db": "mongodb", "mongodb_inc": "mongodb", "mortbay": "eclipse", "beasts": "vsftpd_project", "vsftpd": "vsftpd_project",
	"the_samba_team": "samba", "cisco_systems": "cisco", "siemens_ag": "siemens",
}

// products are the names under which one product goes, with its maker: what
// nmap writes, and what people write into advisories.
var products = map[string]name{
	"nginx": {"f5", "nginx"}, "apache_httpd": {"apache", "http_server"}, "apache_http_server": {"apache", "http_server"},
	"openssh": {"openbsd", "openssh"}, "redis_key_value_store": {"redis", "redis"},
	"microsoft_iis_httpd": {"microsoft", "internet_information_services"}, "microsoft_iis": {"microsoft", "internet_information_services"},
	"apache_tomcat_coyote_jsp_engine": {"apache", "tomcat"}, "apache_tomcat": {"apache", "tomcat"},
	"mysql": {"oracle", "mysql"}, "mariadb": {"mariadb", "mariadb"}, "postgresql_db": {"postgresql", "postgresql"}, "postgresql": {"postgresql", "postgresql"},
	"mongodb": {"mongodb", "mongodb"}, "memcached": {"memcached", "memcached"}, "elasticsearch_rest_api": {"elastic", "elasticsearch"},
	"samba_smbd": {"samba", "samba"}, "isc_bind": {"isc", "bind"}, "exim_smtpd": {"exim", "exim"}, "postfix_smtpd": {"postfix", "postfix"},
	"proftpd": {"proftpd", "proftpd"}, "vsftpd": {"vsftpd_project", "vsftpd"}, "pure_ftpd": {"pureftpd", "pure_ftpd"}, "lighttpd": {"lighttpd", "lighttpd"},
	"jetty": {"eclipse", "jetty"}, "mosquitto": {"eclipse", "mosquitto"}, "dovecot_imapd": {"dovecot", "dovecot"}, "dovecot_pop3d": {"dovecot", "dovecot"},
	"squid_http_proxy": {"squid_cache", "squid"}, "haproxy_http_proxy": {"haproxy", "haproxy"}, "openvpn": {"openvpn", "openvpn"},
	"net_snmp": {"net_snmp", "net_snmp"}, "dropbear_sshd": {"dropbear_ssh_project", "dropbear_ssh"},
}

// renamed are the products of CPEs that go by several names.
var renamed = map[name]string{
	{"apache", "httpd"}: "http_server", {"apache", "apache"}: "http_server", {"microsoft", "iis"}: "internet_information_services",
	{"microsoft", "internet_information_server"}: "internet_information_services", {"dropbear_ssh_project", "dropbear"}: "dropbear_ssh",
}

// generic names say what a thing does, and are anybody's.
var generic = map[string]bool{
	"server": true, "client": true, "agent": true, "gateway": true, "router": true, "firewall": true, "http": true, "https": true, "ssh": true,
	"web_server": true, "webserver": true, "http_server": true, "ftp_server": true, "camera": true, "printer": true, "service": true, "system": true,
	"firmware": true, "windows": true, "linux": true, "linux_kernel": true, "unix": true, "database": true, "manager": true, "portal": true,
	"plugin": true, "core": true, "web_interface": true, "proxy": true, "telnet": true, "plc": true, "controller": true, "core_server": true,
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// normal writes a name in small letters and digits, with "_" between words.
func normal(s string) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(s[:min(len(s), 200)]), "_"), "_")
}

// named is the name under which software is compared.
func named(vendor, product string) name {
	n := name{normal(vendor), normal(product)}
	if v, ok := vendors[n.vendor]; ok {
		n.vendor = v
	}
	if p, ok := renamed[n]; ok {
		n.product = p
	}
	return n
}

var (
	versionInName = regexp.MustCompile(`(?i)\s+(v?\d+(\.|$|\s)|[<>=]|vers:|version\b|before\b|prior\b|up to\b|all versions\b).*$`)
	roleOfProgram = regexp.MustCompile(`_(httpd|ftpd|smtpd|imapd|pop3d|sshd|telnetd|snmpd|rtspd|server|service|daemon|db|database|http_proxy)$`)
)

// fromText reads a product's name as people and banners write it. It has no
// vendor when the text names none and the product is not well known.
func fromText(vendor, product string) (name, bool) {
	text := versionInName.ReplaceAllString(" "+product, "")
	n := named(vendor, text)
	if n.vendor != "" { // "F5 nginx" by F5
		n.product = strings.TrimPrefix(strings.TrimPrefix(n.product, normal(vendor)+"_"), n.vendor+"_")
	}
	if known, ok := products[normal(text)]; ok && (n.vendor == "" || n.vendor == known.vendor) {
		n = known
	} else if known, ok := products[n.product]; ok && (n.vendor == "" || n.vendor == known.vendor) {
		n = known
	} else if n.vendor == "" && !generic[n.product] {
		n.product = roleOfProgram.ReplaceAllString(n.product, "")
	}
	if n = named(n.vendor, n.product); n.vendor == "" && (len(n.product) < 3 || generic[n.product]) {
		return name{}, false
	}
	return n, n.product != ""
}

// A cpe is what of a CPE is compared.
type cpe struct {
	name    name
	version string // with the update, as in 9.2p1; "" when it is any
	system  bool   // an operating system
	// edition is what narrows the product down, such as the system that it is
	// for; "" when it is all of it.
	edition string
}

const maxCPE = 400 // bytes

// Forms of CPEs that the library can be given: it takes hostile ones apart
// beyond their ends.
var (
	uriForm    = regexp.MustCompile(`^cpe:/[aoh](:([A-Za-z0-9._~!-]|%[0-9a-fA-F]{2})*){1,6}$`)
	stringForm = regexp.MustCompile(`^cpe:2\.3:[aoh](:([A-Za-z0-9._*?-]|\\[!-/:-@\[-\x60{-~])+){10}$`)
)

// unbind reads a 2.2 URI or a 2.3 string. What the library still stumbles over
// is not a CPE.
func unbind(s string) (w common.WellFormedName, ok bool) {
	defer func() {
		if recover() != nil {
			w, ok = nil, false
		}
	}()
	var err error
	switch {
	case len(s) > maxCPE:
		return nil, false
	case uriForm.MatchString(s):
		w, err = naming.UnbindURI(s)
	case stringForm.MatchString(s):
		w, err = naming.UnbindFS(s)
	default:
		return nil, false
	}
	return w, err == nil
}

// parseCPE reads a 2.2 URI, as nmap gives it, or a 2.3 string.
func parseCPE(s string) (cpe, bool) {
	w, ok := unbind(s)
	if !ok {
		return cpe{}, false
	}
	c := cpe{name: named(attribute(w, common.AttributeVendor), attribute(w, common.AttributeProduct))}
	c.system = w.GetString(common.AttributePart) == "o"
	c.version = attribute(w, common.AttributeVersion)
	if update := attribute(w, common.AttributeUpdate); c.version != "" && update != "" {
		c.version += update
		if update[0] >= '0' && update[0] <= '9' {
			c.version = strings.TrimSuffix(c.version, update) + "." + update
		}
	}
	for _, key := range []string{common.AttributeTargetSw, common.AttributeSwEdition, common.AttributeEdition, common.AttributeTargetHw, common.AttributeOther} {
		c.edition = cmp.Or(c.edition, attribute(w, key))
	}
	return c, c.name.product != ""
}

// attribute is the text of an attribute; "" for any, none and what a wildcard
// leaves open.
func attribute(w common.WellFormedName, key string) string {
	text, ok := w.Get(key).(string)
	if !ok {
		return ""
	}
	return strings.ReplaceAll(text, `\`, "")
}

// distributions are the kinds of package whose versions are a distribution's.
var distributions = map[string]bool{"deb": true, "rpm": true, "apk": true, "alpm": true}

// A purl is what of a package URL is compared.
type purl struct {
	name     name
	version  string
	packaged bool
}

const maxPURL = 1000 // bytes

func parsePURL(s string) (purl, bool) {
	if len(s) > maxPURL || !strings.HasPrefix(s, "pkg:") {
		return purl{}, false
	}
	p, err := packageurl.FromString(s)
	if err != nil {
		return purl{}, false
	}
	n, ok := fromText("", p.Name)
	// A library, a fork or an image that is called like a well-known server is
	// not that server: who made it, only a name without a registry leaves open.
	if p.Type != packageurl.TypeGeneric || p.Namespace != "" && normal(p.Namespace) != n.vendor {
		n.vendor = ""
	}
	return purl{name: n, version: p.Version, packaged: distributions[p.Type]}, ok
}
