package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/ciiscan/ciiscan/internal/lab/drive"
)

// open opens the console to this machine's browsers, and says what to do
// there. It is called outside the namespace, where browsers are.
func open(ctx context.Context, p drive.Places) error {
	at, err := drive.StartConsole(ctx, p)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(p.File(peopleFile))
	if err != nil {
		return fmt.Errorf("read who may sign in: %w", err)
	}
	fmt.Printf("\nIn a browser of this machine: %s\n", at)
	fmt.Printf("  The password of everybody is: %s\n", password)
	fmt.Printf("  The code of the second step may be a recovery code. Each works once; ten for each are in %s:\n", p.Shown(p.File(peopleFile)))
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 {
			fmt.Printf("    %-14s %s\n", words[0], words[1])
		}
	}
	fmt.Print(toTry)
	return nil
}

const toTry = `  Try, as
    bank-admin     First steps; My assets, Add assets: paste a list, look at the preview, import, undo
    bank-admin     My findings: open one, and answer it in two clicks: fixed, working on it, not mine …
    analyst        Triage: keys j and k walk, t decides, ? tells all of them; Findings: select, assign, undo
    analyst        Review board: look at the week's reports, approve them, open the PDF
    auditor        Audit log: who did what, and that nothing was taken out
`
