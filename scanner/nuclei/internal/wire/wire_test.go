package wire_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

func TestMessagesArriveAsSent(t *testing.T) {
	var pipe bytes.Buffer
	w := wire.NewWriter[wire.Event](&pipe, wire.MaxEvent)
	want := []wire.Event{
		{Kind: wire.KindStart, Unit: 3, Template: 4},
		{Kind: wire.KindMatch, Match: &wire.Match{Extracted: []string{"a\nb", "\x1b["}, Response: bytes.Repeat([]byte{0, '\n', 255}, 40_000)}},
		{Kind: wire.KindDone, Sent: 9},
	}
	for _, ev := range want {
		if err := w.Write(ev); err != nil {
			t.Fatal(err)
		}
	}
	r := wire.NewReader[wire.Event](&pipe, wire.MaxEvent)
	for _, ev := range want {
		got, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ev, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("Next() at the end = %v, want EOF", err)
	}
}

func TestReaderRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error // nil: any
	}{
		{"a line that is too long", `{"reason":"` + strings.Repeat("x", 300) + `"}` + "\n", wire.ErrTooLong},
		{"a line that never ends", strings.Repeat("x", 300), wire.ErrTooLong},
		{"a broken line", `{"kind":"ran"`, io.ErrUnexpectedEOF},
		{"text", "[INF] loaded\n", nil},
		{"an empty line", "\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := wire.NewReader[wire.Event](strings.NewReader(c.text), 256).Next()
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("Next(%.20q) error = %v, want %v", c.text, err, c.want)
			}
		})
	}
}

func TestWriterRefusesWhatNobodyWouldRead(t *testing.T) {
	var pipe bytes.Buffer
	err := wire.NewWriter[wire.Event](&pipe, 256).Write(wire.Event{Reason: strings.Repeat("x", 300)})
	if !errors.Is(err, wire.ErrTooLong) || pipe.Len() > 0 {
		t.Errorf("Write() = %v with %d bytes written, want ErrTooLong and none", err, pipe.Len())
	}
}
