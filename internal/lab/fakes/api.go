package fakes

import (
	"fmt"
	"net/http"
	"strings"
)

// pages answers exact paths, and everything else with rest.
type pages struct {
	header map[string]string
	at     map[string]page
	rest   page
}

// A page is one answer; the zero value is a plain 404.
type page struct {
	status int
	kind   string // content type; JSON unless told
	body   string
	bare   bool // without the headers that all pages have
}

// ServeHTTP implements http.Handler.
func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, ok := p.at[strings.TrimSuffix(r.URL.Path, "/")]
	if !ok {
		answer = p.rest
	}
	if answer.status == 0 && answer.body == "" {
		http.NotFound(w, r)
		return
	}
	for k, v := range p.header {
		if !answer.bare {
			w.Header().Set(k, v)
		}
	}
	if answer.kind == "" {
		answer.kind = "application/json"
	}
	w.Header().Set("Content-Type", answer.kind)
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write([]byte(answer.body))
}

func html(body string) page  { return page{kind: "text/html; charset=utf-8", body: body} }
func plain(body string) page { return page{kind: "text/plain; charset=utf-8", body: body} }
func json(body string) page  { return page{body: body} }

// docker is a daemon whose API listens on the network; the closed one sits
// behind a proxy that wants a certificate.
func docker(open bool) func(Options) http.Handler {
	return func(Options) http.Handler {
		header := map[string]string{"Api-Version": "1.43", "Docker-Experimental": "false", "Ostype": "linux", "Server": "Docker/24.0.7 (linux)"}
		if !open {
			return pages{header: map[string]string{"Server": "nginx"}, rest: page{status: http.StatusForbidden, body: `{"message":"authorization denied by plugin: client certificate required"}` + "\n"}}
		}
		const version = `{"Platform":{"Name":"Docker Engine - Community"},"Version":"24.0.7","ApiVersion":"1.43","MinAPIVersion":"1.12","GitCommit":"311b9ff","GoVersion":"go1.20.10","Os":"linux","Arch":"amd64","KernelVersion":"6.1.0-18-amd64"}` + "\n"
		const info = `{"ID":"4ef6a1c9","Containers":3,"ContainersRunning":2,"Images":9,"Driver":"overlay2","Name":"build-7","ServerVersion":"24.0.7","OperatingSystem":"Debian GNU/Linux 12 (bookworm)"}` + "\n"
		const containers = `[{"Id":"8dfafdbc3a40","Names":["/billing"],"Image":"billing:3.1","ImageID":"sha256:9cd978db300e","Command":"/app/billing","State":"running","Status":"Up 4 weeks"}]` + "\n"
		return pages{header: header, at: map[string]page{
			"/_ping": plain("OK"), "/version": json(version), "/info": json(info),
			"/containers/json": json(containers), "/images/json": json(`[]`),
			"/v1.24/version": json(version), "/v1.24/info": json(info), "/v1.24/containers/json": json(containers),
			"/v1.43/version": json(version), "/v1.43/info": json(info), "/v1.43/containers/json": json(containers),
		}, rest: page{status: http.StatusNotFound, body: `{"message":"page not found"}` + "\n", bare: true}}
	}
}

// etcd answers version and health to all; the open one also gives its keys.
func etcd(open bool) func(Options) http.Handler {
	return func(Options) http.Handler {
		at := map[string]page{
			"/version": json(`{"etcdserver":"3.3.27","etcdcluster":"3.3.0"}`),
			"/health":  json(`{"health":"true"}`),
			"/v2/keys": {status: http.StatusUnauthorized, body: `{"errorCode":110,"message":"The request requires user authentication","cause":"Insufficient credentials","index":0}`},
		}
		if open {
			at["/v2/keys"] = json(`{"action":"get","node":{"dir":true,"nodes":[{"key":"/registry","dir":true,"modifiedIndex":6,"createdIndex":6}]}}`)
			at["/v2/members"] = json(`{"members":[{"id":"8e9e05c52164694d","name":"default","peerURLs":["http://198.51.100.24:2380"],"clientURLs":["http://198.51.100.24:2379"]}]}`)
			at["/v2/stats/self"] = json(`{"name":"default","id":"8e9e05c52164694d","state":"StateLeader","startTime":"2026-08-03T10:15:00Z"}`)
		}
		return pages{header: map[string]string{"X-Etcd-Cluster-Id": "cdf818194e3a8c32", "X-Etcd-Index": "914"}, at: at}
	}
}

// elasticsearch lists its indices to everybody, or asks who is there. It
// writes its answers by hand: the real one's headers come in an order, and in
// letters, by which it is known.
func elasticsearch(open bool) func(Options) http.Handler {
	return func(Options) http.Handler {
		if !open {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				const reason = `missing authentication token for REST request [/]`
				byHand(w, r, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"security\" charset=\"UTF-8\"\r\n", "application/json; charset=UTF-8",
					`{"error":{"root_cause":[{"type":"security_exception","reason":"`+reason+`"}],"type":"security_exception","reason":"`+reason+`"},"status":401}`)
			})
		}
		at := map[string]string{
			"":                 "{\n  \"name\" : \"log-1\",\n  \"cluster_name\" : \"elasticsearch\",\n  \"cluster_uuid\" : \"uZ1iP8mZQ0SxPqWkSOEwJw\",\n  \"version\" : {\n    \"number\" : \"7.9.3\",\n    \"build_flavor\" : \"default\",\n    \"build_type\" : \"deb\",\n    \"lucene_version\" : \"8.6.2\"\n  },\n  \"tagline\" : \"You Know, for Search\"\n}\n",
			"/_cat/indices":    "yellow open meter-2026 q5ZJyTLPQpuOFNgnhyVm1w 1 1 8112033 0 1.9gb 1.9gb\n",
			"/_cluster/health": `{"cluster_name":"elasticsearch","status":"yellow","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1,"active_primary_shards":1,"active_shards":1}`,
			"/_nodes":          `{"_nodes":{"total":1,"successful":1,"failed":0},"cluster_name":"elasticsearch","nodes":{"n1":{"name":"log-1","version":"7.9.3"}}}`,
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status := "200 OK"
			body, ok := at[strings.TrimSuffix(r.URL.Path, "/")]
			if !ok {
				status, body = "404 Not Found", `{"error":{"type":"index_not_found_exception","reason":"no such index"},"status":404}`
			}
			byHand(w, r, status, "", "application/json; charset=UTF-8", body)
		})
	}
}

// byHand answers in the asker's version of HTTP, with the headers as given,
// and closes the connection.
func byHand(w http.ResponseWriter, r *http.Request, status, headers, kind, body string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	end := "\r\n"
	if r.ProtoAtLeast(1, 1) {
		end = "connection: close\r\n\r\n"
	}
	fmt.Fprintf(conn, "HTTP/%d.%d %s\r\n%scontent-type: %s\r\ncontent-length: %d\r\n%s%s",
		r.ProtoMajor, r.ProtoMinor, status, headers, kind, len(body), end, body)
}

const forbiddenStatus = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"forbidden: User \"system:anonymous\" cannot get path","reason":"Forbidden","details":{},"code":403}` + "\n"

// kubernetes tells its version to all, as it does by default; the open one
// lets system:anonymous list things.
func kubernetes(open bool) func(Options) http.Handler {
	return func(Options) http.Handler {
		at := map[string]page{
			"/version": json(`{"major":"1","minor":"27","gitVersion":"v1.27.3","gitCommit":"25b4e43193bcda6c7328a6d147b1fb73a33f1598","gitTreeState":"clean","goVersion":"go1.20.5","compiler":"gc","platform":"linux/amd64"}`),
			"/healthz": plain("ok"), "/livez": plain("ok"), "/readyz": plain("ok"),
		}
		if open {
			at["/api"] = json(`{"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":"203.0.113.26:6443"}]}`)
			at["/apis"] = json(`{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}]}]}`)
			at["/api/v1"] = json(`{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","namespaced":true,"kind":"Pod"},{"name":"secrets","namespaced":true,"kind":"Secret"}]}`)
			at["/api/v1/namespaces"] = json(`{"kind":"NamespaceList","apiVersion":"v1","metadata":{"resourceVersion":"914"},"items":[{"metadata":{"name":"default"}},{"metadata":{"name":"kube-system"}},{"metadata":{"name":"payments"}}]}`)
			at["/api/v1/pods"] = json(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"914"},"items":[{"metadata":{"name":"ledger-0","namespace":"payments"}}]}`)
			at["/api/v1/nodes"] = json(`{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"914"},"items":[{"metadata":{"name":"node-1"}}]}`)
		}
		return pages{
			header: map[string]string{"Audit-Id": "7a9cf1f0-5d5e-4d1c-9f57-3d9c7f4f6e11"}, at: at,
			rest: page{status: http.StatusForbidden, body: forbiddenStatus},
		}
	}
}

// kubelet is a node's agent.
func kubelet(open bool) func(Options) http.Handler {
	return func(Options) http.Handler {
		if !open {
			return pages{at: map[string]page{"/healthz": plain("ok")}, rest: page{status: http.StatusUnauthorized, kind: "text/plain", body: "Unauthorized"}}
		}
		const pods = `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"ledger-0","namespace":"payments","uid":"5b1c"},"spec":{"nodeName":"node-1","containers":[{"name":"ledger"}]}}]}`
		return pages{at: map[string]page{
			"/healthz": plain("ok"), "/pods": json(pods), "/runningpods": json(pods),
			"/metrics": plain("# HELP kubelet_node_name [ALPHA] The node's name. The count is always 1.\n# TYPE kubelet_node_name gauge\nkubelet_node_name{node=\"node-1\"} 1\n"),
		}}
	}
}
