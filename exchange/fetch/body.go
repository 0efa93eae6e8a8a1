package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// body is the rest of an answer, cut off when it is too much. Go's transport
// has already undone the gzip that it asked for, so what counts is what the
// reader would have to hold, however small it was on the way.
type body struct {
	res    *http.Response
	src    io.ReadCloser
	ctx    context.Context
	limit  int64
	left   int64
	idle   time.Duration
	silent *time.Timer
	end    func()
}

func newBody(res *http.Response, limit int64, idle time.Duration, cancel context.CancelCauseFunc, end func()) *body {
	b := &body{res: res, src: res.Body, ctx: res.Request.Context(), limit: limit, left: limit, idle: idle, end: end}
	b.silent = time.AfterFunc(idle, func() { cancel(tooSlow("sends nothing for %s", idle)) })
	return b
}

// Read reads on; its error is io.EOF or an *Error.
func (b *body) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.over()
	}
	if int64(len(p)) > b.left+1 { // one byte more tells that there is more
		p = p[:b.left+1]
	}
	b.silent.Reset(b.idle)
	n, err := b.src.Read(p)
	b.silent.Stop()
	if b.left -= int64(n); b.left < 0 {
		return n - 1, b.over()
	}
	switch {
	case errors.Is(err, io.EOF) && b.ctx.Err() != nil:
		// Some servers end an answer in order when we begin to hang up: what is
		// there then is not all.
		err = explain(b.ctx, b.res.Request, context.Cause(b.ctx))
	case err != nil && !errors.Is(err, io.EOF):
		err = explain(b.ctx, b.res.Request, err)
	}
	return n, err
}

// Close gives the connection back, or drops it when something is left.
func (b *body) Close() error {
	b.silent.Stop()
	defer b.end()
	return b.src.Close()
}

func (b *body) over() error {
	return at(b.res.Request, tooMuch(fmt.Sprintf("sends more than the %d bytes allowed", b.limit)))
}
