package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// Base is where the API lives.
const Base = "/api/v1"

// A server is the API at work.
type server struct {
	Deps
	counts counted
	api    huma.API
}

// New returns the handler of everything below Base. It serves both doors: who
// came by the unix socket is known when the http.Server has auth.ConnContext.
func New(d Deps) http.Handler {
	mux := http.NewServeMux()
	s := newServer(d, mux)
	spec := s.spec()
	mux.HandleFunc("GET "+Base+"/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(spec) // the client has gone
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		err := fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, inventory.ErrNotFound)
		p := newProblem(err, "", requestID(r.Context()))
		p.Hint = "see " + Base + "/openapi.json for what there is"
		writeProblem(w, p)
	})
	return s.observe(s.identify(unwrapUploads(mux)))
}

func newServer(d Deps, mux *http.ServeMux) *server {
	config := huma.DefaultConfig("CIIScan", "1")
	config.Info.Description = "Register, scan, find, report and advise. See the errors' kind and hint for what to do about a refusal."
	// The framework's own pages load scripts from elsewhere, and its spec
	// handler is not safe for concurrent first calls; ours is above.
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.RejectUnknownQueryParameters = true
	config.Transformers = []huma.Transformer{translate}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "A token, cii_…; the unix socket's owner needs none."},
	}
	config.Security = []map[string][]string{{"token": {}}}

	s := &server{Deps: d}
	s.api = humago.NewWithPrefix(mux, Base, config)
	s.api.UseMiddleware(s.authorize)
	// To add a resource, write its file, add its line here, and a line for
	// each of its operations to access; then go test ./web/api -update.
	for _, register := range []func(){
		s.registerOrganizations, s.registerAssets, s.registerImport,
		s.registerImportDrafts, s.registerDiscoveries, s.registerCertificates, s.registerProfiles,
		s.registerAuthorizations, s.registerPermits, s.registerExclusions,
		s.registerSchedules, s.registerScans, s.registerScanning,
		s.registerFindings, s.registerDecisions, s.registerFindingActs, s.registerFindingTalk, s.registerFindingExport, s.registerReports, s.registerRuns, s.registerNotices, s.registerOverview, s.registerSearch, s.registerDifferences, s.registerAdvisories,
		s.registerAdvisoryLife, s.registerBulletins, s.registerTeams, s.registerCredentials, s.registerSources, s.registerAgreements,
		s.registerReleases, s.registerInbox, s.registerLedger,
		s.registerChecks, s.registerFeeds, s.registerAccounts, s.registerTokens, s.registerAudit, s.registerHealth, s.registerBackups,
	} {
		register()
	}
	s.describeProblems()
	return s
}

// handle registers an operation: "list-assets", "GET /assets". Errors of h
// become problems by one table; those that nobody expected are logged.
func handle[I, O any](s *server, id, route, summary string, h func(context.Context, *I) (*O, error), more ...func(*huma.Operation)) {
	method, path, _ := strings.Cut(route, " ")
	tag, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	op := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag},
		// As long as a request may take: when a body's deadline passes, the
		// server takes the client for gone and ends the handler's context.
		BodyReadTimeout: requestTimeout + time.Second,
	}
	place := "query"
	if method != http.MethodGet {
		place = "body"
	}
	for _, set := range more {
		set(&op)
	}
	act := recordedAct(&op)
	op.Metadata = map[string]any{answersWith: reflect.TypeFor[O]()}
	veiled := namesPersons(reflect.TypeFor[O](), nil)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		var out *O
		err := holdToOwn(ctx, path, in)
		if err == nil && method != http.MethodGet {
			err = stillThere(ctx)
		}
		if err == nil {
			out, err = h(ctx, in)
		}
		if err == nil && veiled {
			err = s.veil(ctx, out)
		}
		if err == nil && act != "" {
			err = s.recordRead(ctx, act, path)
		}
		if err != nil {
			s.logFault(ctx, err)
			return nil, newProblem(err, place, requestID(ctx))
		}
		return out, nil
	})
}

// creates makes an operation answer 201.
func creates(op *huma.Operation) { op.DefaultStatus = http.StatusCreated }

// who is the acting user's name.
func who(ctx context.Context) string {
	id, _ := auth.FromContext(ctx)
	return id.User
}

// describeProblems puts our problem into the contract, in place of the
// framework's error.
func (s *server) describeProblems() {
	contract := s.api.OpenAPI()
	schemas := contract.Components.Schemas
	ref := schemas.Schema(reflect.TypeFor[wire.Problem](), true, "Problem")
	for _, item := range contract.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			op.Responses["default"] = &huma.Response{
				Description: "A problem",
				Content:     map[string]*huma.MediaType{problemType: {Schema: ref}},
			}
		}
	}
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
}

// spec is the contract as openapi.json holds it.
func (s *server) spec() []byte {
	b, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		panic("encode the API's contract: " + err.Error()) // built from our own types
	}
	return append(b, '\n')
}
