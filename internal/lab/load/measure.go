package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Aim is what a page may take.
const Aim = 100 * time.Millisecond

// A Measure is how long one page took: all of it, and what of that its
// statements did.
type Measure struct {
	Visit
	Status     int
	Size       int           // bytes
	Lines      int           // of a file that is handed out; 0 for a page
	First      time.Duration // of all visits, warm-ups too: nothing was prepared
	P50, P95   time.Duration
	CPU        time.Duration // of the median visit, with the database's
	SQL        time.Duration // of the median visit's statements
	Statements int
	Worst      string // the statement that took longest
	WorstTook  time.Duration
}

var title = regexp.MustCompile(`<title>[^<]*`)

// Measure opens a page rounds times, after warm-ups that do not count.
func (s *Server) Measure(ctx context.Context, v Visit, warm, rounds int) (Measure, error) {
	m := Measure{Visit: v}
	var took, sql, worked []time.Duration
	var busy cpu
	for n := range warm + rounds {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, v.Path, http.NoBody)
		r.Host = "127.0.0.1"
		r.AddCookie(s.cookies[v.Role])
		w := httptest.NewRecorder()
		if n == warm { // by now the connections that it needs are open
			var err error
			if busy, err = s.backends(ctx); err != nil {
				return m, err
			}
		}
		s.sql.read()
		before, begun := busy.worked(), time.Now()
		s.handler.ServeHTTP(w, r)
		all, cpu := time.Since(begun), busy.worked()-before
		in, count, worst := s.sql.read()
		m.Status, m.Size, m.Statements = w.Code, w.Body.Len(), count
		if strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
			m.Lines = max(1, bytes.Count(w.Body.Bytes(), []byte("\n")))
		}
		if w.Code != http.StatusOK {
			return m, fmt.Errorf("%s as %s: %d %s", v.Path, v.Role, w.Code, title.FindString(w.Body.String()))
		}
		if n == 0 {
			m.First = all
		}
		if n < warm {
			continue
		}
		took, sql = append(took, all), append(sql, in)
		worked = append(worked, cpu)
		if worst.took > m.WorstTook {
			m.Worst, m.WorstTook = worst.sql, worst.took
		}
	}
	slices.Sort(took)
	slices.Sort(sql)
	slices.Sort(worked)
	m.P50, m.P95, m.SQL, m.CPU = at(took, 50), at(took, 95), at(sql, 50), at(worked, 50)
	return m, nil
}

// at is the value that percent of the sorted ones do not exceed.
func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

// Print writes the measures, the slowest first, and marks those beyond the
// aim; of those it tells the slowest statement. The ratio is that of the median
// page to its statements alone. Files that are handed out are no pages to wait
// for: they are told of by themselves, by the line.
func Print(w io.Writer, all []Measure) {
	slices.SortFunc(all, func(a, b Measure) int { return int(b.P95 - a.P95) })
	var pages, files []Measure
	for _, m := range all {
		if m.Lines > 0 {
			files = append(files, m)
		} else {
			pages = append(pages, m)
		}
	}
	printPages(w, pages)
	if len(files) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%8s %8s %8s %7s %8s %12s  %s\n", "p95 ms", "CPU ms", "SQL ms", "KiB", "lines", "us for each", "file, not a page")
	for _, m := range files {
		fmt.Fprintf(w, "%8.1f %8.1f %8.1f %7d %8d %12.1f  %s\n",
			ms(m.P95), ms(m.CPU), ms(m.SQL), m.Size>>10, m.Lines, 1000*ms(m.P50)/float64(m.Lines), m.Visit)
	}
}

func printPages(w io.Writer, all []Measure) {
	over := 0
	fmt.Fprintf(w, "%8s %8s %8s %8s %8s %6s %5s %7s  %s\n", "p95 ms", "p50 ms", "first ms", "CPU ms", "SQL ms", "ratio", "stmts", "KiB", "page")
	for _, m := range all {
		mark := " "
		if m.P95 > Aim {
			mark, over = "!", over+1
		}
		fmt.Fprintf(w, "%s%7.1f %8.1f %8.1f %8.1f %8.1f %6.1f %5d %7d  %s\n",
			mark, ms(m.P95), ms(m.P50), ms(m.First), ms(m.CPU), ms(m.SQL), ratio(m.P50, m.SQL), m.Statements, m.Size>>10, m.Visit)
	}
	fmt.Fprintf(w, "%d pages and filters, %d beyond %d ms\n", len(all), over, Aim.Milliseconds())
	for _, m := range all[:over] {
		fmt.Fprintf(w, "%8.1f ms of %s: %s\n", ms(m.WorstTook), m.Visit, shortened(m.Worst))
	}
}

// shortened is a statement in a line.
func shortened(sql string) string {
	const most = 600
	line := strings.Join(strings.Fields(sql), " ")
	if len(line) > most {
		return line[:most/2] + " … " + line[len(line)-most/2:]
	}
	return line
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
