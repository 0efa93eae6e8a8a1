package advisories

import (
	"errors"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/markdown"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// shownAffected is how many places the page itself lists; a page of their own
// has them all.
const shownAffected = 10

type pageView struct {
	shell.View
	Advisory  wire.Advisory
	Exposed   exposed
	Affected  []wire.Affected
	Places    int
	Comments  []wire.Comment
	Revisions []wire.Advisory
	Feedback  []wire.Feedback
	Releases  wire.List[wire.Release]
	Bulletin  wire.Bulletin // as operators read it; without an ID they do not
	Wrote     bool          // the reader is one of its authors
	Form      shell.Form    // empty: for the small forms
}

// HTML renders one of the advisory's texts.
func (pageView) HTML(s string) template.HTML { return markdown.HTML(s) }

// Publishable tells whether operators can be given what it says now.
func (v pageView) Publishable() bool {
	a, b := v.Advisory, v.Bulletin
	ready := a.State == "approved" || a.State == "released" && (b.ID == "" || b.PublishedAt.Before(a.UpdatedAt))
	return ready && v.May("publish-advisory") && !a.Referral && a.TLP != "red" && a.TLP != "amber+strict"
}

// Before are the revisions that there were before the present one.
func (v pageView) Before() []wire.Advisory { return v.Revisions[:max(len(v.Revisions)-1, 0)] }

func show(q *shell.Request) error {
	ctx, id := q.Context(), q.Path("id")
	a, err := q.API.Advisory(ctx, id)
	if err != nil {
		return err
	}
	v := pageView{View: q.View(a.Title), Advisory: a, Wrote: wrote(a, q.Who.User)}
	if v.Exposed, err = exposedTo(q, a.Check, a.CVEs); err != nil {
		return err
	}
	if v.Affected, err = q.API.AdvisoryAffected(ctx, id); err != nil {
		return err
	}
	v.Places = len(v.Affected)
	v.Affected = v.Affected[:min(len(v.Affected), shownAffected)]
	if v.Comments, err = q.API.Comments(ctx, id); err != nil {
		return err
	}
	if v.Revisions, err = q.API.AdvisoryRevisions(ctx, id); err != nil {
		return err
	}
	if v.Feedback, err = q.API.AdvisoryFeedback(ctx, id); err != nil {
		return err
	}
	if v.Bulletin, err = q.API.Bulletin(ctx, id, "en"); err != nil && !errors.Is(err, inventory.ErrNotFound) {
		return err
	}
	if v.Releases, err = q.API.ReleasePage(ctx, url.Values{"advisory": {id}}); err != nil {
		return err
	}
	return q.Render(pages, "page", v)
}

// wrote tells whether somebody is an author of what the advisory says now.
func wrote(a wire.Advisory, user string) bool {
	return slices.ContainsFunc(append([]string{a.Author}, a.Editors...), func(s string) bool { return strings.EqualFold(s, user) })
}

// direct does what needs no words.
func direct(verb string) func(*shell.Request) error {
	return func(q *shell.Request) error {
		done := map[string]string{
			"submit": q.T("It is handed over for review."), "return": q.T("It is a draft again. What was agreed to counts no more."),
			"publish": q.T("Operators can read it now. Those who have what it is about get a mail with their next digest."),
			"approve": q.T("It is approved. It can be released now."), "approve-legal": q.T("The legal officer's word is kept."),
			"finish": q.T("The final revision is a draft now."),
		}[verb]
		return q.Act(at(q.Path("id")), done, func(shell.Form) error {
			_, err := q.API.DirectAdvisory(q.Context(), q.Path("id"), verb)
			return err
		})
	}
}

func revise(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("The next revision is a draft now. Those who have the last one keep it."), func(f shell.Form) error {
		_, err := q.API.ReviseAdvisory(q.Context(), q.Path("id"), f.Get("summary"))
		return err
	})
}

func withdraw(q *shell.Request) error {
	done := q.T("It is withdrawn here. For each audience that has it a release of the withdrawal waits for approval.")
	return q.Act(at(q.Path("id")), done, func(f shell.Form) error {
		_, err := q.API.WithdrawAdvisory(q.Context(), q.Path("id"), f.Get("reason"))
		return err
	})
}

func supersede(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("The other advisory stands in its place."), func(f shell.Form) error {
		_, err := q.API.SupersedeAdvisory(q.Context(), q.Path("id"), strings.TrimSpace(f.Get("by")))
		return err
	})
}

// permit notes whom an originator lets it go on to.
func permit(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("The originator's word is kept."), func(f shell.Form) error {
		to := strings.FieldsFunc(f.Get("to"), func(r rune) bool { return strings.ContainsRune(" ,;\r\n", r) })
		if to == nil {
			to = []string{}
		}
		_, err := q.API.PermitOrigin(q.Context(), q.Path("id"), wire.OriginConsent{PeerID: f.Get("peer_id"), To: to, Reason: f.Get("reason")})
		return err
	})
}

func say(q *shell.Request) error {
	return q.Act(at(q.Path("id"))+"#comments", q.T("Your comment is kept. It never leaves."), func(f shell.Form) error {
		_, err := q.API.AddComment(q.Context(), q.Path("id"), wire.NewComment{Field: f.Get("field"), Text: f.Get("text")})
		return err
	})
}

func resolve(q *shell.Request) error {
	return q.Act(at(q.Path("id"))+"#comments", q.T("The comment is dealt with."), func(shell.Form) error {
		return q.API.ResolveComment(q.Context(), q.Path("comment"))
	})
}

type diffView struct {
	shell.View
	Advisory  wire.Advisory
	Revisions []wire.Advisory
	From, To  int
	Changes   []wire.FieldChange
}

// compare shows what one revision says otherwise than another.
func compare(q *shell.Request) error {
	a, err := q.API.Advisory(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	v := diffView{View: q.View(q.T("Revisions compared")), Advisory: a, To: number(q, "to", a.Revision)}
	v.From = number(q, "from", max(v.To-1, 1))
	if v.Revisions, err = q.API.AdvisoryRevisions(q.Context(), a.ID); err != nil {
		return err
	}
	if v.Changes, err = q.API.DiffAdvisory(q.Context(), a.ID, v.From, v.To); err != nil {
		return err
	}
	return q.Render(pages, "diff", v)
}

// number is one of the page's address, or other.
func number(q *shell.Request, key string, other int) int {
	n, err := strconv.Atoi(q.R.URL.Query().Get(key))
	if err != nil || n < 1 {
		return other
	}
	return n
}
