package child

import (
	"sync"

	"github.com/logrusorgru/aurora/v4"
	"github.com/projectdiscovery/nuclei/v3/pkg/output"
)

// quiet is nuclei's output and progress: both say nothing. It remembers what
// went wrong with requests, because nuclei tells a read that timed out to
// nobody else.
type quiet struct {
	mu   sync.Mutex
	errs []error
}

// taken returns and forgets what went wrong.
func (q *quiet) taken() []error {
	q.mu.Lock()
	defer q.mu.Unlock()
	errs := q.errs
	q.errs = nil
	return errs
}

// Request is told of every request.
func (q *quiet) Request(_, _, _ string, err error) {
	if err == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.errs = append(q.errs, err)
}

func (*quiet) Close()                                             {}
func (*quiet) Colorizer() *aurora.Aurora                          { return aurora.New(aurora.WithColors(false)) }
func (*quiet) Write(*output.ResultEvent) error                    { return nil }
func (*quiet) WriteFailure(*output.InternalWrappedEvent) error    { return nil }
func (*quiet) RequestStatsLog(string, string)                     {}
func (*quiet) WriteStoreDebugData(string, string, string, string) {}
func (*quiet) ResultCount() int                                   { return 0 }

// noProgress is nuclei's progress display.
type noProgress struct{}

func (noProgress) Stop()                           {}
func (noProgress) Init(int64, int, int64)          {}
func (noProgress) AddToTotal(int64)                {}
func (noProgress) IncrementRequests()              {}
func (noProgress) SetRequests(uint64)              {}
func (noProgress) IncrementMatched()               {}
func (noProgress) IncrementErrorsBy(int64)         {}
func (noProgress) IncrementFailedRequestsBy(int64) {}
