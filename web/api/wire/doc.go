// Package wire is the JSON of /api/v1: what the server writes and every client
// reads. It holds types only, and no other package of ours, so that a client
// links nothing of the server.
//
// Names are snake_case, times RFC 3339 in UTC, ids text, and the words of
// enumerations are those of the screens and reports. Arrays are never null.
package wire

// A List is one page of a list, oldest number first unless the operation says
// otherwise.
type List[T any] struct {
	Items []T `json:"items" nullable:"false" doc:"The page's objects; empty when there is none."`
	// NextCursor asks for the page after this one; empty on the last.
	NextCursor string `json:"next_cursor" doc:"Give it as cursor to get the next page; empty on the last page."`
}

// Reason is the body of an act that has to be explained.
type Reason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why, in a plain sentence; kept in the audit log."`
}
