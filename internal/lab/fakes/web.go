package fakes

import (
	"fmt"
	"net/http"
	"strings"
)

// site is a well-kept web site.
func site(o Options) http.Handler {
	name := "this host"
	if len(o.Names) > 0 {
		name = o.Names[0]
	}
	return pages{header: map[string]string{
		"Strict-Transport-Security": "max-age=31536000", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'self'", "Server": "web",
	}, at: map[string]page{
		"":            html(fmt.Sprintf("<!doctype html><html lang=en><title>%s</title><h1>Customer service</h1><p>Opening hours and tariffs.</p></html>", name)),
		"/robots.txt": plain("User-agent: *\nDisallow:\n"),
	}}
}

// plcPage is the page of a controller, which names itself and asks for a
// password before anything else.
func plcPage(Options) http.Handler {
	return pages{header: map[string]string{"Server": "S7 Web"}, at: map[string]page{
		"": html("<!doctype html><title>Station</title><h1>Station</h1><form method=post action=/login><input name=user><input name=password type=password></form>"),
	}}
}

// leaks is a site whose makers left things lying about; the mended one shows
// a page that talks of the same things.
func leaks(open bool) func(Options) http.Handler {
	return func(Options) http.Handler {
		at := map[string]page{
			"":            html("<!doctype html><title>Shop</title><h1>Shop</h1><p>Buy meters here.</p>"),
			"/robots.txt": plain("User-agent: *\nDisallow: /backup/\n"),
		}
		if open {
			at["/.env"] = plain("APP_NAME=Shop\nAPP_ENV=production\nAPP_KEY=base64:bGFiIG9ubHkgbGFiIG9ubHkgbGFiIG9ubHkgbGFiIQ==\nDB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nDB_DATABASE=shop\nDB_USERNAME=shop\nDB_PASSWORD=not-a-real-one\n")
			at["/phpinfo.php"] = html(phpinfo)
			at["/info.php"] = html(phpinfo)
			at["/server-status"] = html("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n<html><head>\n<title>Apache Status</title>\n</head><body>\n<h1>Apache Server Status for shop (via 198.51.100.12)</h1>\n<dl><dt>Server Version: Apache/2.4.57 (Debian)</dt>\n<dt>Server MPM: prefork</dt>\n<dt>Server Built: 2023-04-13T03:26:51</dt></dl><hr><dl><dt>Current Time: Monday</dt>\n<dt>Total accesses: 1204 - Total Traffic: 3.1 MB</dt></dl></body></html>")
		} else {
			// Every one of these pages exists and holds nothing.
			at["/.env"] = html("<!doctype html><title>Shop</title><p>We do not keep APP_KEY= or DB_PASSWORD= here.</p>")
			at["/phpinfo.php"] = html("<!doctype html><title>About</title><p>How phpinfo() works, and why PHP Version belongs to nobody else.</p>")
			at["/server-status"] = page{status: http.StatusForbidden, kind: "text/html", body: "<title>403 Forbidden</title><h1>Forbidden</h1>"}
		}
		return pages{header: map[string]string{"Server": "Apache/2.4.57 (Debian)"}, at: at}
	}
}

const phpinfo = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>PHP 7.4.33 - phpinfo()</title><meta name="ROBOTS" content="NOINDEX,NOFOLLOW,NOARCHIVE" /></head>
<body><div class="center"><table><tr class="h"><td><h1 class="p">PHP Version 7.4.33</h1></td></tr></table>
<table><tr><td class="e">System </td><td class="v">Linux shop 6.1.0-18-amd64 </td></tr><tr><td class="e">Loaded Configuration File </td><td class="v">/etc/php/7.4/apache2/php.ini </td></tr></table>
<h2>PHP Variables</h2></div></body></html>`

// saysRedis is a web page on another's port that quotes what that other says.
func saysRedis(Options) http.Handler {
	return pages{header: map[string]string{"Server": "nginx"}, rest: plain("# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nos:Linux\r\nrole:master\r\n")}
}

// talksAboutIt is an article with the words of every product in it.
func talksAboutIt(Options) http.Handler {
	words := "You Know, for Search; Docker-Experimental; etcdserver; [core] repositoryformatversion = 0; Index of /; phpinfo(); " +
		"Apache Server Status; Dashboard [Jenkins]; Prometheus Time Series; Welcome to nginx!; APP_KEY=; activeProfiles; PodList"
	return pages{at: map[string]page{
		"": html("<!doctype html><title>What we learnt about exposed services</title><p>" + strings.ReplaceAll(words, "; ", "</p>\n<p>") + "</p>"),
	}, rest: page{status: http.StatusNotFound, kind: "text/html", body: "<!doctype html><title>Not found</title><p>" + words + "</p>"}}
}

// prometheus shows its configuration to everybody, or to nobody.
func prometheus(open bool) func(Options) http.Handler {
	return func(Options) http.Handler {
		if !open {
			return pages{
				header: map[string]string{"WWW-Authenticate": "Basic"},
				rest:   page{status: http.StatusUnauthorized, kind: "text/plain; charset=utf-8", body: "Unauthorized\n"},
			}
		}
		app := html(`<!doctype html><html lang="en"><head><meta charset="utf-8"/><title>Prometheus Time Series Collection and Processing Server</title></head><body class="bootstrap"><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div></body></html>`)
		return pages{at: map[string]page{
			"": app, "/graph": app, "/targets": app, "/config": app,
			"/-/healthy":                    plain("Prometheus Server is Healthy.\n"),
			"/metrics":                      plain("# HELP prometheus_build_info A metric with a constant '1' value labeled by version, revision, branch, goversion.\n# TYPE prometheus_build_info gauge\nprometheus_build_info{branch=\"HEAD\",goversion=\"go1.20.6\",version=\"2.46.0\"} 1\n# HELP go_goroutines Number of goroutines that currently exist.\n# TYPE go_goroutines gauge\ngo_goroutines 39\n"),
			"/api/v1/status/buildinfo":      json(`{"status":"success","data":{"version":"2.46.0","revision":"cbb69e51423565ec40f46e74f4ff2dbb3b7fb4f0","branch":"HEAD","buildUser":"root","goVersion":"go1.20.6"}}`),
			"/api/v1/status/config":         json(`{"status":"success","data":{"yaml":"global:\n  scrape_interval: 15s\nscrape_configs:\n- job_name: meters\n  static_configs:\n  - targets:\n    - 198.51.100.30:9100\n"}}`),
			"/api/v1/targets":               json(`{"status":"success","data":{"activeTargets":[{"labels":{"job":"meters"},"health":"up"}],"droppedTargets":[]}}`),
			"/api/v1/label/__name__/values": json(`{"status":"success","data":["up"]}`),
		}}
	}
}

// jenkins runs jobs for everybody who passes, or shows the door.
func jenkins(open bool) func(Options) http.Handler {
	return func(Options) http.Handler {
		header := map[string]string{"X-Jenkins": "2.387.3", "X-Hudson": "1.395", "Server": "Jetty(10.0.13)"}
		login := html(`<!doctype html><html lang="en-US"><head><title>Sign in [Jenkins]</title></head><body><h1>Sign in to Jenkins</h1><form method="post" name="login" action="j_spring_security_check"><input name="j_username"><input name="j_password" type="password"></form></body></html>`)
		if !open {
			return pages{
				header: header, at: map[string]page{"/login": login, "/robots.txt": plain("User-agent: *\nDisallow: /\n")},
				rest: page{
					status: http.StatusForbidden, kind: "text/html;charset=utf-8",
					body: `<html><head><meta http-equiv='refresh' content='1;url=/login?from=%2F'/></head><body style='background-color:white; color:white;'>Authentication required <!-- --></body></html>`,
				},
			}
		}
		return pages{header: header, at: map[string]page{
			"":          html(`<!DOCTYPE html><html><head resURL="/static/6f8c" data-rooturl=""><title>Dashboard [Jenkins]</title></head><body id="jenkins" class="yui-skin-sam"><a href="/view/all/newJob">New Item</a><a href="/manage">Manage Jenkins</a></body></html>`),
			"/login":    login,
			"/script":   html(`<!DOCTYPE html><html><head><title>Jenkins</title></head><body id="jenkins"><h1>Script Console</h1><p>Type in an arbitrary <a href="#">Groovy script</a> and execute it on the server.</p><form action="script" method="post"><textarea name="script"></textarea></form></body></html>`),
			"/manage":   html(`<!DOCTYPE html><html><head><title>Manage Jenkins [Jenkins]</title></head><body id="jenkins"><h1>Manage Jenkins</h1><a href="script">Script Console</a></body></html>`),
			"/api/json": json(`{"_class":"hudson.model.Hudson","mode":"NORMAL","nodeDescription":"the Jenkins controller's built-in node","nodeName":"","numExecutors":2,"jobs":[{"_class":"hudson.model.FreeStyleProject","name":"payments-deploy","url":"http://203.0.113.24:8080/job/payments-deploy/","color":"blue"}],"useCrumbs":true,"useSecurity":false}`),
		}}
	}
}

// actuator is an application with its management endpoints open or closed.
func actuator(open bool) func(Options) http.Handler {
	return func(Options) http.Handler {
		const media = "application/vnd.spring-boot.actuator.v3+json"
		whitelabel := page{status: http.StatusNotFound, body: `{"timestamp":"2026-08-03T10:15:00.000+00:00","status":404,"error":"Not Found","path":"/"}`}
		health := page{kind: media, body: `{"status":"UP"}`}
		if !open {
			return pages{at: map[string]page{
				"/actuator":        {kind: media, body: `{"_links":{"self":{"href":"http://203.0.113.25:8081/actuator","templated":false},"health":{"href":"http://203.0.113.25:8081/actuator/health","templated":false}}}`},
				"/actuator/health": health,
			}, rest: whitelabel}
		}
		return pages{at: map[string]page{
			"/actuator":        {kind: media, body: `{"_links":{"self":{"href":"http://203.0.113.25:8081/actuator","templated":false},"health":{"href":"http://203.0.113.25:8081/actuator/health","templated":false},"env":{"href":"http://203.0.113.25:8081/actuator/env","templated":false},"heapdump":{"href":"http://203.0.113.25:8081/actuator/heapdump","templated":false}}}`},
			"/actuator/health": health,
			"/actuator/env":    {kind: media, body: `{"activeProfiles":["prod"],"propertySources":[{"name":"server.ports","properties":{"local.server.port":{"value":8081}}},{"name":"systemProperties","properties":{"java.version":{"value":"17.0.8"},"user.name":{"value":"cards"}}},{"name":"systemEnvironment","properties":{"DB_PASSWORD":{"value":"******"}}}]}`},
			"/actuator/beans":  {kind: media, body: `{"contexts":{"cards":{"beans":{}}}}`},
		}, rest: whitelabel}
	}
}
