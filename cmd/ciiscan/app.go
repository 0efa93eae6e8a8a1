package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
)

// defaultData is where an installation lives unless somebody says otherwise.
const defaultData = "/var/lib/ciiscan"

// An app is one call of the program.
type app struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
	ran            bool // a command was found, its flags and arguments are well-formed

	output   string
	data     string
	server   string
	token    string
	caFile   string
	quiet    bool
	noColor  bool
	progress bool
}

// root builds the tree of commands. To add one, write its file and add its
// line here.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ciiscan",
		Short: "Scan critical infrastructure within its authorisation, report, advise",
		Long: "ciiscan registers organisations and their assets, records what may be scanned, scans it,\n" +
			"and reports what is exposed. It talks to a running installation: the one in --data DIR,\n" +
			"over its unix socket, or the one at --server URL, with a token.",
		Version: version.Version, SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.output, "output", "o", "table", "write data as `FORMAT`: table, json or csv")
	flags.StringVar(&a.data, "data", a.env("CIISCAN_DATA", defaultData), "`DIR` of the local installation (CIISCAN_DATA)")
	flags.StringVar(&a.server, "server", a.getenv("CIISCAN_SERVER"), "`URL` of a server, in place of the local one (CIISCAN_SERVER)")
	flags.StringVar(&a.token, "token", "", "`SECRET` to act with; better in CIISCAN_TOKEN, which others cannot see")
	flags.StringVar(&a.caFile, "ca-file", a.getenv("CIISCAN_CA"), "PEM `FILE` of certificates to trust for --server (CIISCAN_CA)")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "no messages and no progress, only data and errors")
	flags.BoolVar(&a.noColor, "no-color", a.getenv("NO_COLOR") != "", "no colours (NO_COLOR)")
	flags.BoolVar(&a.progress, "progress", false, "show progress even when standard error is no terminal")
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return a.checkFlags() }
	root.AddCommand(
		a.upCommand(), a.orgCommand(), a.contactCommand(), a.assetCommand(),
		a.authorizationCommand(), a.exclusionCommand(), a.scheduleCommand(), a.scanCommand(),
		a.findingCommand(), a.evidenceCommand(), a.reportCommand(), a.advisoryCommand(),
		a.peerCommand(), a.agreementCommand(), a.remindersCommand(), a.releaseCommand(),
		a.inboxCommand(), a.sightingCommand(), a.bundleCommand(), a.ledgerCommand(), a.mailCommand(),
		a.templateCommand(), a.feedCommand(), a.userCommand(), a.consoleCommand(), a.tokenCommand(), a.auditCommand(), a.backupCommand(), a.restoreCommand(), a.doctorCommand(), a.whoamiCommand(),
	)
	return root
}

func (a *app) env(name, otherwise string) string {
	if v := a.getenv(name); v != "" {
		return v
	}
	return otherwise
}

func (a *app) checkFlags() error {
	switch a.output {
	case "table", "json", "csv":
	default:
		return &inventory.InputError{
			Field: "--output", Value: a.output, Message: "unknown format", Hint: "use one of: table, json, csv",
		}
	}
	if a.token == "" {
		a.token = a.getenv("CIISCAN_TOKEN")
	}
	return nil
}

// client returns the way to the server that the flags choose.
func (a *app) client() (*client.Client, error) {
	if a.server != "" {
		return client.HTTPS(a.server, a.token, a.caFile)
	}
	return client.Unix(a.socket(), a.token), nil
}

// socket is where the local installation's API listens.
func (a *app) socket() string { return filepath.Join(a.data, "run", "api.sock") }

// say tells the user something that is no data.
func (a *app) say(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, format+"\n", args...)
	}
}

// A task is what a command does with a server.
type task func(ctx context.Context, c *client.Client, args []string) error

// command makes a command that calls the server.
func (a *app) command(use, short string, args cobra.PositionalArgs, do task) *cobra.Command {
	return a.local(use, short, args, func(ctx context.Context, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		return do(ctx, c, args)
	})
}

// local makes a command that need not call a server.
func (a *app) local(use, short string, args cobra.PositionalArgs, do func(ctx context.Context, args []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: a.words(args), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			a.ran = true
			err := do(cmd.Context(), args)
			if err != nil && !errors.Is(err, errInterrupted) && errors.Is(context.Cause(cmd.Context()), errInterrupted) {
				return fmt.Errorf("%w: %w", errInterrupted, err)
			}
			return err
		},
	}
}

// words checks what stands behind a command, and shows how it is written: a
// file without its flag is no unknown command.
func (a *app) words(args cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if args(cmd, given) == nil {
			return nil
		}
		a.ran = true
		what := "lacks a word"
		if len(given) > 0 {
			what = fmt.Sprintf("is not written with %q behind it", strings.Join(given, " "))
		}
		return &inventory.InputError{Field: cmd.CommandPath(), Message: what, Hint: "write it like: " + cmd.UseLine()}
	}
}

// group makes a command that only holds others.
func (a *app) group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: use, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			var names []string
			for _, c := range cmd.Commands() {
				names = append(names, c.Name())
			}
			a.ran = true
			return &inventory.InputError{
				Field: "command", Value: cmd.CommandPath() + " " + args[0], Message: "unknown command",
				Hint: "use one of: " + strings.Join(names, ", "),
			}
		},
	}
	g.AddCommand(commands...)
	return g
}

// require marks flags that have to be given.
func require(c *cobra.Command, names ...string) *cobra.Command {
	for _, n := range names {
		if err := c.MarkFlagRequired(n); err != nil {
			panic(err) // a name that the command does not define
		}
	}
	return c
}
