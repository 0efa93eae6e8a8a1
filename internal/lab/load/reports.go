package load

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// few is how many reports are compared at either end of a run.
const few = 50

// A Run is the making of many operators' reports, one after the other.
type Run struct {
	Reports     int
	Took, SQL   time.Duration
	CPU         time.Duration // with the database's
	Kept        time.Duration // to note how everybody stood, once a run
	First, Last time.Duration // the median of the first and of the last few
	Bytes       int64
	Peak        int64  // resident bytes of this process, at most
	Before      uint64 // bytes in use when the first few were made
	After       uint64 // and when all were
}

// Reports makes the weekly reports of the first organisations, as the press
// does but for printing: the snapshot, the numbers, and the files.
func (s *Server) Reports(ctx context.Context, many int, now time.Time) (Run, error) {
	run := Run{Reports: many}
	to := reports.WeekEnd(now)
	for to.After(now) {
		to = to.AddDate(0, 0, -7)
	}
	begun := time.Now()
	if err := s.Store.KeepWeek(ctx, to); err != nil {
		return run, err
	}
	run.Kept = time.Since(begun)
	s.sql.read()
	busy, err := s.backends(ctx)
	if err != nil {
		return run, err
	}
	var took []time.Duration
	worked := busy.worked()
	begun = time.Now()
	for n := range many {
		one := time.Now()
		size, err := s.report(ctx, inventory.OrganizationID("ORG-"+strconv.Itoa(n+1)), to)
		if err != nil {
			return run, err
		}
		took = append(took, time.Since(one))
		run.Bytes += size
		if n+1 == min(few, many) {
			run.Before = inUse()
		}
	}
	run.Took, run.CPU = time.Since(begun), busy.worked()-worked
	run.SQL, _, _ = s.sql.read()
	run.After = inUse()
	run.First, run.Last = median(took[:min(few, many)]), median(took[max(0, many-few):])
	run.Peak, err = peak()
	return run, err
}

func (s *Server) report(ctx context.Context, org inventory.OrganizationID, to time.Time) (int64, error) {
	data, err := s.Store.WeeklyData(ctx, reports.Subject{Org: org}, to.AddDate(0, 0, -7), to)
	if err != nil {
		return 0, err
	}
	report, err := reports.Build(data)
	if err != nil {
		return 0, fmt.Errorf("report of %s: %w", org, err)
	}
	files, err := reports.Render(report, []string{"html", "csv", "json"}, reports.Options{Printer: locale.For("en"), Fonts: reports.Noto})
	var size int64
	for _, f := range files {
		size += int64(len(f.Data))
	}
	return size, err
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return at(sorted, 50)
}

// inUse is what is in use after a collection.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// peak is the most memory that this process ever had: VmHWM (proc(5)).
func peak() (int64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("read the peak of memory: %w", err)
	}
	_, rest, ok := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return 0, fmt.Errorf("read the peak of memory: no VmHWM in /proc/self/status")
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	return kib << 10, err
}

// Print writes what a run took.
func (r Run) Print(w io.Writer) {
	fmt.Fprintf(w, "%d reports in %s, %.0f%% of it in PostgreSQL; before them the week was kept in %s\n",
		r.Reports, r.Took.Round(time.Second), 100*r.SQL.Seconds()/r.Took.Seconds(), r.Kept.Round(100*time.Millisecond))
	fmt.Fprintf(w, "%.0f a minute; processors worked %.0f s for them\n", float64(r.Reports)/r.Took.Minutes(), r.CPU.Seconds())
	fmt.Fprintf(w, "the median of the first %d %.0f ms, of the last %.0f ms; %d MiB of files\n", min(few, r.Reports), ms(r.First), ms(r.Last), r.Bytes>>20)
	fmt.Fprintf(w, "memory: %d MiB at the peak; in use after the first %d %d MiB, at the end %d MiB\n", r.Peak>>20, min(few, r.Reports), r.Before>>20, r.After>>20)
}
