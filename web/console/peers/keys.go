package peers

import (
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// askKey asks to trust a key or a certificate, pasted or as a file.
func askKey(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	text := form.Get("credential")
	if _, content, err := q.Upload("file"); err != nil {
		return err
	} else if len(content) > 0 {
		text = string(content)
	}
	n := wire.NewPeerKey{
		Fingerprint: strings.TrimSpace(form.Get("fingerprint")), VerifiedBy: form.Get("verified_by"), VerifiedHow: form.Get("verified_how"), Reason: form.Get("reason"),
	}
	if strings.Contains(text, "CERTIFICATE") {
		n.Certificate = text
	} else {
		n.OpenPGP = text
	}
	c, err := q.API.RequestPeerKey(q.Context(), q.Path("id"), n)
	if err != nil {
		if form.Refused(err) {
			return render(q, form, nil)
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Change %s waits for another person to confirm it.", c.ID)})
	return q.Redirect(at(q.Path("id")) + "#keys")
}

func askRevocation(q *shell.Request) error {
	return q.Act(at(q.Path("id"))+"#keys", q.T("The revocation waits for another person to confirm it."), func(f shell.Form) error {
		_, err := q.API.RequestKeyRevocation(q.Context(), q.Path("id"), wire.PeerKeyRevocation{
			Kind: f.Get("kind"), Fingerprint: f.Get("fingerprint"), Reason: f.Get("reason"),
		})
		return err
	})
}

// giveSecret makes an API key. Its secret is on the page that answers, and
// nowhere afterwards.
func giveSecret(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	var s wire.PeerSecret
	until, err := q.LastDay(form, "expires")
	if err == nil {
		s, err = q.API.CreatePeerAPIKey(q.Context(), q.Path("id"), wire.NewPeerAPIKey{Name: form.Get("name"), Expires: until})
	}
	if form.Refused(err) {
		form.Under("expires", "expires_at")
		return render(q, form, nil)
	}
	if err != nil {
		return err
	}
	q.W.Header().Set("Cache-Control", "no-store")
	return render(q, shell.Form{}, &s)
}

func takeSecret(q *shell.Request) error {
	return q.Act(at(q.Path("id"))+"#api-keys", q.T("The API key opens nothing any more."), func(f shell.Form) error {
		return q.API.RevokePeerAPIKey(q.Context(), q.Path("id"), f.Get("name"))
	})
}

type changesView struct {
	shell.View
	Waiting, Decided wire.List[wire.KeyChange]
}

// Asked tells whether the reader is who asked for a change.
func (v changesView) Asked(c wire.KeyChange) bool { return strings.EqualFold(c.RequestedBy, v.User()) }

// changes lists the wishes to trust a credential, or no more.
func changes(q *shell.Request) error {
	v := changesView{View: q.View(q.T("Changes of keys"))}
	query := q.Filters("peer", "cursor")
	query.Set("state", "decided")
	var err error
	if v.Decided, err = q.API.KeyChangePage(q.Context(), query); err != nil {
		return err
	}
	query.Del("cursor")
	query.Set("state", "waiting")
	if v.Waiting, err = q.API.KeyChangePage(q.Context(), query); err != nil {
		return err
	}
	shell.Learn(q, "peer", slices.Concat(v.Waiting.Items, v.Decided.Items), func(v wire.KeyChange) string { return v.PeerID })
	return q.Render(pages, "changes", v)
}

func confirmChange(q *shell.Request) error {
	return q.Act("/key-changes", q.T("The change is in force."), func(f shell.Form) error {
		return q.API.ConfirmKeyChange(q.Context(), f.Get("id"))
	})
}

func rejectChange(q *shell.Request) error {
	return q.Act("/key-changes", q.T("The change is put away."), func(f shell.Form) error {
		return q.API.RejectKeyChange(q.Context(), f.Get("id"))
	})
}
