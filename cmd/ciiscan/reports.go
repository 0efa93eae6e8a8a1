package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
)

// maxReportFile bounds one file of a report, in bytes.
const maxReportFile = 512 << 20

// A written is a file that a command made.
type written struct {
	Path string `json:"path"`
	Size int    `json:"size"`
}

var writtenColumns = []column[written]{
	{name: "path", value: func(w written) string { return w.Path }},
	{name: "size", value: func(w written) string { return number(w.Size) }},
}

func (a *app) reportCommand() *cobra.Command {
	var w client.Weekly
	var out, from, to string
	weekly := a.command("weekly --out DIR", "Write the weekly exposure report of an organisation, a sector or the nation", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) (err error) {
			w.Formats = wordList(w.Formats)
			if from != "" {
				if w.From, err = parseTime("--from", from); err != nil {
					return err
				}
			}
			if to != "" {
				if w.To, err = parseTime("--to", to); err != nil {
					return err
				}
			}
			f, err := c.WeeklyReport(ctx, w)
			if err != nil {
				return err
			}
			files, err := unpack(f.Content, out)
			if err != nil {
				return err
			}
			return list(a, files, writtenColumns)
		})
	f := weekly.Flags()
	f.StringVar(&w.Edition, "edition", "", "`WORD`: operator (needs --org), sector (needs --sector) or national; they decide when absent")
	f.StringVar(&w.Org, "org", "", "`ID` of the organisation; without it, the national report")
	f.StringVar(&w.Sector, "sector", "", "`WORD`: the sector of a sector's report, such as energy")
	f.StringVar(&w.Lang, "lang", "", "`TAG` of the page's language, such as bn; English when absent")
	f.StringVar(&out, "out", ".", "write the files into `DIR`, which is made when missing")
	f.StringSliceVar(&w.Formats, "format", []string{"html"}, "`WORDS`: html, csv, json, xlsx")
	f.StringVar(&from, "from", "", "`DATE` of the period's first day; seven days before its end when absent")
	f.StringVar(&to, "to", "", "`DATE` on which the period has ended; now when absent")
	return a.group("report", "What is exposed, and what to do first", append(a.runCommands(), weekly)...)
}

// unpack writes an archive's files into dir.
func unpack(archive []byte, dir string) ([]written, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, invalid("--out", dir, "cannot be made", reason(err))
	}
	files := []written{}
	for _, entry := range r.File {
		if !filepath.IsLocal(entry.Name) || strings.ContainsAny(entry.Name, `/\`) {
			return nil, fmt.Errorf("read report: it names a file outside of its folder: %q", entry.Name)
		}
		content, err := readEntry(entry)
		if err != nil {
			return nil, fmt.Errorf("read report: %s: %w", entry.Name, err)
		}
		path := filepath.Join(dir, entry.Name)
		if err := writeFile(path, content); err != nil {
			return nil, err
		}
		files = append(files, written{Path: path, Size: len(content)})
	}
	return files, nil
}

func readEntry(entry *zip.File) (content []byte, err error) {
	f, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	content, err = io.ReadAll(io.LimitReader(f, maxReportFile+1))
	if err == nil && len(content) > maxReportFile {
		return nil, errors.New("larger than " + size(maxReportFile))
	}
	return content, err
}

// writeFile writes a file whole or not at all, for its owner and group: it may
// tell what is exposed.
func writeFile(path string, content []byte) (err error) {
	defer func() {
		if err != nil {
			err = &outcome{exitFailed, fmt.Sprintf("cannot write %s: %s", path, reason(err)), "choose another place, or make room"}
		}
	}()
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o640)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// reason is why a file operation failed, without the path that the message
// names already.
func reason(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err.Error()
	}
	if e, ok := errors.AsType[*exec.Error](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// count is "1 row" or "2 rows".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// size is a number of bytes, for people.
func size(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
