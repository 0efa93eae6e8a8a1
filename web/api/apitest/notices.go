package apitest

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

// Notices stands in for the real one.
func (f *Fake) Notices(_ context.Context, q notify.Filter, p inventory.Page) ([]notify.Notice, string, error) {
	var out []notify.Notice
	for _, n := range f.Mailed {
		if q.Org == "" || q.Org == n.Org {
			out = append(out, n)
		}
	}
	return paged(out, p)
}

// Notice stands in for the real one.
func (f *Fake) Notice(_ context.Context, id notify.ID) (notify.Notice, error) {
	for _, n := range f.Mailed {
		if n.ID == id {
			return n, nil
		}
	}
	return notify.Notice{}, missing("notice", string(id))
}

// ResendNotice stands in for the real one.
func (f *Fake) ResendNotice(ctx context.Context, who string, id notify.ID, to inventory.ContactID) (notify.Notice, error) {
	f.did(who, "resend "+string(id)+" "+string(to))
	return f.Notice(ctx, id)
}

// ConfirmNotice stands in for the real one.
func (f *Fake) ConfirmNotice(ctx context.Context, who string, id notify.ID) (notify.Notice, error) {
	f.did(who, "confirm "+string(id))
	return f.Notice(ctx, id)
}

// Addressees stands in for the real one: every contact is of ORG-1.
func (f *Fake) Addressees(_ context.Context, org inventory.OrganizationID) ([]notify.Addressee, error) {
	return []notify.Addressee{{ID: "C-1", Org: org, Role: inventory.RoleTechnical, Name: "Desk", Email: "desk@example.org", Language: "bn", Zone: time.UTC}}, nil
}

// Addressee stands in for the real one.
func (f *Fake) Addressee(_ context.Context, id inventory.ContactID) (notify.Addressee, error) {
	if id != "C-1" {
		return notify.Addressee{}, missing("contact", string(id))
	}
	return notify.Addressee{ID: id, Org: "ORG-1", Email: "desk@example.org"}, nil
}

// ContactStates stands in for the real one.
func (f *Fake) ContactStates(_ context.Context, org inventory.OrganizationID, _ bool, p inventory.Page) ([]notify.ContactState, string, error) {
	all := []notify.ContactState{{Contact: "C-1", Org: "ORG-1", Email: "desk@example.org"}}
	if org != "" && org != "ORG-1" {
		all = nil
	}
	return paged(all, p)
}

// SendTest stands in for the real one.
func (f *Fake) SendTest(_ context.Context, who string, contact inventory.ContactID) (notify.Notice, error) {
	f.did(who, "test "+string(contact))
	return notify.Notice{ID: "N-9", Kind: notify.Verify, Letter: notify.Letter{Kind: notify.Verify, Code: "SECRET12"}}, nil
}

// ConfirmContact stands in for the real one.
func (f *Fake) ConfirmContact(_ context.Context, who string, contact inventory.ContactID, code string) error {
	f.did(who, "confirm "+string(contact)+" "+code)
	return nil
}

// SetContactMail stands in for the real one.
func (f *Fake) SetContactMail(_ context.Context, who string, contact inventory.ContactID, _, _ bool) error {
	f.did(who, "mail "+string(contact))
	return nil
}

// KeepBounce stands in for the real one.
func (f *Fake) KeepBounce(context.Context, notify.Bounce) (notify.BounceResult, error) {
	return notify.BounceResult{Notice: "N-1"}, nil
}
