package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// peakMemory samples the resident memory of a process and everything below
// it, until ctx ends, and returns the largest sum in bytes. Shared pages
// count once for each process, in every measurement alike. Processes for
// which skip is true, and what is below them, do not count.
func peakMemory(ctx context.Context, root int, skip func(name string) bool) int64 {
	var peak int64
	for {
		peak = max(peak, treeMemory(root, skip))
		select {
		case <-ctx.Done():
			return peak
		case <-time.After(250 * time.Millisecond):
		}
	}
}

type process struct {
	parent int
	name   string
	memory int64
}

func treeMemory(root int, skip func(string) bool) int64 {
	all := map[int]process{}
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0 // a pattern of ours cannot be wrong
	}
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if p, ok := readProcess(dir); ok {
			all[pid] = p
		}
	}
	var sum int64
	for pid, p := range all {
		if below(all, pid, root, skip) {
			sum += p.memory
		}
	}
	return sum
}

// below tells whether a process is the root or descends from it, with nobody
// skipped in between.
func below(all map[int]process, pid, root int, skip func(string) bool) bool {
	for pid != root {
		p, ok := all[pid]
		if !ok || skip(p.name) {
			return false
		}
		pid = p.parent
	}
	return true
}

// readProcess reads /proc/PID/stat: "pid (name) state ppid ... rss", where the
// name may hold anything (proc(5)).
func readProcess(dir string) (process, bool) {
	text, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return process{}, false // it has just ended
	}
	head, rest, ok := strings.Cut(string(text), "(")
	end := strings.LastIndexByte(rest, ')')
	if !ok || head == "" || end < 0 {
		return process{}, false
	}
	fields := strings.Fields(rest[end+1:])
	if len(fields) < 22 {
		return process{}, false
	}
	parent, errParent := strconv.Atoi(fields[1])
	pages, errPages := strconv.ParseInt(fields[21], 10, 64)
	if errParent != nil || errPages != nil {
		return process{}, false
	}
	return process{parent: parent, name: rest[:end], memory: pages * int64(os.Getpagesize())}, true
}
