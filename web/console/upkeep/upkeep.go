// Package upkeep shows how the installation does, how it is set up, and what
// copies of it were made.
package upkeep

import (
	"embed"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of health, backups and settings.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /health", Needs: "get-health", Handle: health},
		{Route: "GET /backups", Needs: "list-backups", Handle: backups},
		{Route: "GET /settings", Needs: "list-settings", Handle: settings},
	}
}

type healthView struct {
	shell.View
	Health wire.Health
	Faults []wire.HealthPart // those that are not well, the worst first
}

// Failed is the list of the mail that is counted as failed.
func (v healthView) Failed() string {
	return "/mail?" + url.Values{"state": {"failed"}, "from": {v.Health.Time.AddDate(0, 0, -7).UTC().Format(time.RFC3339)}}.Encode()
}

func health(q *shell.Request) error {
	h, err := q.API.Health(q.Context())
	if err != nil {
		return err
	}
	v := healthView{View: q.View(q.T("Health")), Health: h}
	for _, state := range []string{"missing", "warning"} {
		for _, p := range h.Parts {
			if p.State == state {
				v.Faults = append(v.Faults, p)
			}
		}
	}
	return q.Render(pages, "health", v)
}

type backupsView struct {
	shell.View
	List wire.List[wire.Backup]
	Data string // the installation's folder
}

// backupOld is after how long the newest backup counts as old.
const backupOld = 8 * 24 * time.Hour

// Old tells whether the newest is from too long ago.
func (v backupsView) Old() bool {
	return v.Query("cursor") == "" && len(v.List.Items) > 0 && v.Now().Sub(v.List.Items[0].At) > backupOld
}

// Size writes bytes for people.
func (backupsView) Size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
}

func backups(q *shell.Request) error {
	found, err := q.API.BackupPage(q.Context(), q.Filters())
	if err != nil {
		return err
	}
	h, err := q.API.Health(q.Context())
	if err != nil {
		return err
	}
	view := backupsView{q.View(q.T("Backups")), found, "DIR"}
	for _, d := range h.Disks {
		if d.Of == "data" {
			view.Data = d.Path
		}
	}
	return q.Render(pages, "backups", view)
}

// A section is the settings of one part.
type section struct {
	Name     string
	Settings []wire.Setting
}

type settingsView struct {
	shell.View
	Sections []section
	Shown    int
}

// settings lists all of them, or those whose name, value or origin has a word.
func settings(q *shell.Request) error {
	all, err := q.API.Settings(q.Context())
	if err != nil {
		return err
	}
	v := settingsView{View: q.View(q.T("Settings"))}
	text, only := strings.ToLower(q.R.URL.Query().Get("q")), q.R.URL.Query().Get("set")
	for _, s := range all {
		if only == "yes" && !s.Set || !strings.Contains(strings.ToLower(s.Name+" "+s.Value+" "+s.From), text) {
			continue
		}
		name, _, _ := strings.Cut(s.Name, ".")
		if n := len(v.Sections); n == 0 || v.Sections[n-1].Name != name {
			v.Sections = append(v.Sections, section{Name: name})
		}
		last := &v.Sections[len(v.Sections)-1]
		last.Settings = append(last.Settings, s)
		v.Shown++
	}
	return q.Render(pages, "settings", v)
}
