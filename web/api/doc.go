// Package api serves /api/v1: the one way in for the command line, for
// programs and for the console. Handlers only translate; what is true and
// what is allowed is decided in the packages behind the interfaces of Deps.
//
//	request ─► identity ─► role ─► shape ─► handler ─► domain
//	              │          │       │                   │
//	             401        403     422      one table: status.go
//
// Every refusal is a problem (RFC 9457) that names the place of the mistake
// and what to do. A fault of ours is logged under the request's id and shown
// as nothing but that id.
//
// The contract is OpenAPI 3.1, made from these types and kept in openapi.json:
// a change to it is a change to that file, and so is seen in review.
package api
