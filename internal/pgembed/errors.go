package pgembed

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
)

// An Error is something that a person can put right.
type Error struct {
	Message string // what is wrong
	Hint    string // what to do; may be empty
	Cause   error  // may be nil
}

// Error reads "message: cause".
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Advice returns what to do about it.
func (e *Error) Advice() string { return e.Hint }

// fileError explains why something could not be done below dir.
func fileError(message, dir string, cause error) error {
	e := &Error{Message: message, Cause: cause}
	switch {
	case errors.Is(cause, syscall.ENOSPC), errors.Is(cause, syscall.EDQUOT):
		e.Hint = "free some space on the disk that holds " + dir
	case errors.Is(cause, syscall.EROFS):
		e.Hint = dir + " is on a read-only file system; choose another data directory"
	case errors.Is(cause, os.ErrPermission):
		e.Hint = "choose a data directory that you may write to, or give yourself " + dir
	}
	return e
}

// outputError explains the failure of a PostgreSQL program by what it printed.
func outputError(message, dir, output string) error {
	e := &Error{Message: message, Cause: errors.New(complaint(output))}
	switch {
	case saysFull(output), strings.Contains(output, "Check free disk space"):
		e.Hint = "free some space on the disk that holds " + dir
		e.Cause = fullDisk(e.Cause.Error())
	case strings.Contains(output, "could not map anonymous shared memory"),
		strings.Contains(output, "could not resize shared memory"):
		e.Hint = "give the machine or container more memory (and /dev/shm)"
	case strings.Contains(output, "Permission denied"):
		e.Hint = "everything below " + dir + " must belong to the user who runs PostgreSQL; was it copied by another user?"
	}
	return e
}

// A fullDisk is syscall.ENOSPC in the words of a PostgreSQL program.
type fullDisk string

func (f fullDisk) Error() string { return string(f) }

// Is makes it syscall.ENOSPC.
func (f fullDisk) Is(target error) bool { return target == syscall.ENOSPC }

func saysFull(output string) bool {
	return strings.Contains(output, "No space left on device") || strings.Contains(output, "Disk quota exceeded")
}

// complaint picks the lines of a PostgreSQL program's output that say what is
// wrong, or else its last line. Where the disk is full, nothing else is wrong:
// the advice to go back to a backup, which PostgreSQL adds when it is started
// again and again, would do harm.
func complaint(output string) string {
	var said []string
	last := "it printed nothing"
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		last = line
		for _, mark := range []string{"PANIC:", "FATAL:", "ERROR:", "error:", "HINT:", "hint:", "detail:"} {
			if _, text, ok := strings.Cut(line, mark); ok {
				said = append(said, strings.TrimSpace(text))
				break
			}
		}
	}
	if saysFull(output) {
		said = slices.DeleteFunc(said, func(s string) bool { return !saysFull(s) })
		said = said[:min(len(said), 2)]
	}
	if len(said) == 0 {
		return last
	}
	return strings.Join(said[:min(len(said), 4)], "; ")
}
