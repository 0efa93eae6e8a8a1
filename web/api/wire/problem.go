package wire

// A Problem is every answer that is not a success: RFC 9457, with the places
// and the ways out.
type Problem struct {
	Type   string `json:"type" doc:"about:blank: the status says it all."`
	Title  string `json:"title" doc:"The status in words."`
	Status int    `json:"status" doc:"The HTTP status."`
	Detail string `json:"detail" doc:"What went wrong this time."`
	Hint   string `json:"hint,omitempty" doc:"What to do about it."`
	// Kind is the error's class, for programs: it outlives rewording.
	Kind      string          `json:"kind" enum:"invalid,not_found,conflict,stale,out_of_scope,forbidden,unauthenticated,unavailable,fault" doc:"The class of the problem, for programs."`
	RequestID string          `json:"request_id,omitempty" doc:"Names the request in the server's log."`
	Errors    []ProblemDetail `json:"errors,omitempty" nullable:"false" doc:"Each mistake and its place."`
}

// A ProblemDetail is one mistake.
type ProblemDetail struct {
	Location string `json:"location,omitempty" doc:"Where: body.sector, query.limit, row 3, column B."`
	Value    string `json:"value,omitempty" doc:"The value as given, shortened."`
	Message  string `json:"message" doc:"What is wrong."`
	Hint     string `json:"hint,omitempty" doc:"What to do about it."`
}

// Kinds of problems.
const (
	KindInvalid         = "invalid"
	KindNotFound        = "not_found"
	KindConflict        = "conflict"
	KindStale           = "stale"
	KindOutOfScope      = "out_of_scope"
	KindForbidden       = "forbidden"
	KindUnauthenticated = "unauthenticated"
	KindUnavailable     = "unavailable"
	KindFault           = "fault"
)
