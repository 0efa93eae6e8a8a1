package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// Main answers requests until stdin ends. A program that is to serve as a
// nuclei child calls it with its own standard input and output, which nuclei
// then no longer reaches: what its packages print goes to standard error.
func Main(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	in, err := takeInput(stdin)
	if err != nil {
		return fmt.Errorf("nuclei child: %w", err)
	}
	out, err := takeOutput(stdout)
	if err != nil {
		return fmt.Errorf("nuclei child: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	questions, err := newForwarder()
	if err != nil {
		return fmt.Errorf("nuclei child: %w", err)
	}
	defer questions.close()
	lockdown()

	requests := make(chan wire.Request)
	ended := make(chan error, 1)
	go func() {
		defer cancel() // a worker that is gone wants no more packets
		defer close(requests)
		ended <- read(ctx, in, requests)
	}()
	r := &runner{
		out: wire.NewWriter[wire.Event](out, wire.MaxEvent), questions: questions,
		now: time.Now, abort: cancel, //nolint:forbidigo // this is the process's main
	}
	for request := range requests {
		if err := r.answer(ctx, request); err != nil {
			return err
		}
	}
	return <-ended
}

func read(ctx context.Context, in io.Reader, to chan<- wire.Request) error {
	requests := wire.NewReader[wire.Request](in, wire.MaxRequest)
	for {
		request, err := requests.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("nuclei child: %w", err)
		}
		select {
		case to <- request:
		case <-ctx.Done():
			return nil
		}
	}
}

// takeOutput moves a file away from its descriptor, which then leads to
// standard error: prints of nuclei must not get between the messages.
func takeOutput(w io.Writer) (io.Writer, error) {
	f, ok := w.(*os.File)
	if !ok {
		return w, nil
	}
	own, err := duplicate(f)
	if err != nil {
		return nil, err
	}
	if err := syscall.Dup3(int(os.Stderr.Fd()), int(f.Fd()), 0); err != nil {
		return nil, fmt.Errorf("redirect %s: %w", f.Name(), err)
	}
	return own, nil
}

// takeInput does the same for reading; nothing is left to read there.
func takeInput(r io.Reader) (io.Reader, error) {
	f, ok := r.(*os.File)
	if !ok {
		return r, nil
	}
	own, err := duplicate(f)
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	err = syscall.Dup3(int(null.Fd()), int(f.Fd()), 0)
	if err := errors.Join(err, null.Close()); err != nil {
		return nil, fmt.Errorf("redirect %s: %w", f.Name(), err)
	}
	return own, nil
}

func duplicate(f *os.File) (*os.File, error) {
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return nil, fmt.Errorf("duplicate %s: %w", f.Name(), err)
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), f.Name()), nil
}
