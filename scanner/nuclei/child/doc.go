// Package child is the process in which nuclei runs. It reads jobs and writes
// events (internal/wire), and keeps nuclei on the address under test:
//
//   - Every address has an engine of its own, whose dialer connects to that
//     address and nothing else, checked at the socket, after every resolution
//     and redirect. Names lead where the job pinned them: a name server inside
//     this process answers the dialer, and knows no other name.
//   - Requests that nuclei's packages would send beside that dialer are
//     refused: see lockdown.
//   - dns templates ask a second name server here, which passes on questions
//     about the job's own domains to the job's resolvers, and no others.
//   - One pacer per address holds for HTTP requests and for all other
//     connections alike. Within one address everything runs in sequence.
//   - Templates are refused unless they hash to what the job says and use only
//     what vet allows, whoever approved them.
//
// A template has run when every answer it asked for came, or when it matched.
// Anything else is missed, with the reason.
package child
