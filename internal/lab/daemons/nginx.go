package daemons

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
)

// A webSite is what one nginx serves.
type webSite struct {
	files   map[string]string // below the document root
	servers func(root, listen string, names []string) string
}

// nginx serves a site with one process and no privileges.
func nginx(makeSite func() webSite) recipe {
	return func(dir string, at netip.AddrPort, names []string) ([]string, error) {
		site := makeSite()
		root := filepath.Join(dir, "www")
		if err := writeFiles(root, site.files); err != nil {
			return nil, err
		}
		var temp strings.Builder
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			fmt.Fprintf(&temp, "  %s_temp_path %s;\n", kind, filepath.Join(dir, "tmp-"+kind))
		}
		conf := "daemon off;\nmaster_process off;\npid " + filepath.Join(dir, "nginx.pid") + ";\nerror_log stderr error;\n" +
			"events { worker_connections 128; }\nhttp {\n  access_log off;\n  server_tokens off;\n" +
			"  types { text/html html; text/plain txt; }\n  default_type application/octet-stream;\n" +
			temp.String() + site.servers(root, at.String(), names) + "}\n"
		return withConfig(dir, conf, "nginx", "-e", "stderr", "-p", dir, "-c")
	}
}

func oneServer(extra string) func(root, listen string, names []string) string {
	return func(root, listen string, _ []string) string {
		return fmt.Sprintf("  server { listen %s; root %s; %s }\n", listen, root, extra)
	}
}

const front = "<!doctype html><html lang=en><title>%s</title><h1>%s</h1><p>Welcome to our customers.</p></html>\n"

func frontPage(title string) string { return fmt.Sprintf(front, title, title) }

// repository is what "git clone" into a document root leaves behind.
func repository(below string) map[string]string {
	return map[string]string{
		below + ".git/HEAD":            "ref: refs/heads/main\n",
		below + ".git/config":          "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n[remote \"origin\"]\n\turl = https://git.northgrid.example/web/portal.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
		below + ".git/description":     "Unnamed repository; edit this file 'description' to name the repository.\n",
		below + ".git/refs/heads/main": "5f2b1c0d9e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c\n",
		below + ".git/logs/HEAD":       "0000000000000000000000000000000000000000 5f2b1c0d9e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c Web <web@northgrid.example> 1785000000 +0000\tclone: from https://git.northgrid.example/web/portal.git\n",
		below + ".git/index":           "DIRC\x00\x00\x00\x02\x00\x00\x00\x00",
	}
}

func nginxGit() webSite {
	files := repository("")
	files["index.html"] = frontPage("Outage map")
	return webSite{files: files, servers: oneServer("")}
}

func nginxListing() webSite {
	return webSite{
		files: map[string]string{
			"protocols/2026-07-bay-2.txt": "Protocol of the yearly test.\n",
			"protocols/2026-07-bay-3.txt": "Protocol of the yearly test.\n",
			"plans/overview.txt":          "Single line diagram: ask the drawing office.\n",
		},
		servers: oneServer("autoindex on;"),
	}
}

func nginxPlain() webSite {
	return webSite{files: map[string]string{"index.html": frontPage("Careers")}, servers: oneServer("")}
}

// nginxDefault shows the page that the package installs.
func nginxDefault() webSite {
	return webSite{files: map[string]string{"index.html": `
<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`}, servers: oneServer("")}
}

// nginxVirtualHosts serves each name its own site: the first is in order, the
// second has its repository lying about. Without a name there is nothing.
func nginxVirtualHosts() webSite {
	files := repository("1/")
	files["0/index.html"] = frontPage("Portal")
	files["1/index.html"] = frontPage("Field service")
	return webSite{files: files, servers: virtualHosts}
}

func nginxVirtualHostsFixed() webSite {
	return webSite{files: map[string]string{"0/index.html": frontPage("Portal"), "1/index.html": frontPage("Field service")}, servers: virtualHosts}
}

func virtualHosts(root, listen string, names []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  server { listen %s default_server; return 404; }\n", listen)
	for i, name := range names {
		fmt.Fprintf(&b, "  server { listen %s; server_name %s; root %s/%d; }\n", listen, name, root, i)
	}
	return b.String()
}
