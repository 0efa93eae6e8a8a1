package advisory

import (
	"time"
)

// CommentID names a comment for life ("COM-4").
type CommentID string

// A Comment is what a reviewer says about a revision. Comments never leave.
type Comment struct {
	ID         CommentID  `json:"id"`
	Advisory   ID         `json:"advisory"`
	Revision   int        `json:"revision"`
	By         string     `json:"by"`
	At         time.Time  `json:"at"`
	Field      string     `json:"field"` // "summary", "products[0].version"; "" for the whole
	Text       string     `json:"text"`
	Resolved   bool       `json:"resolved"`
	ResolvedBy string     `json:"resolved_by"`
	ResolvedAt *time.Time `json:"resolved_at"`
}

// NewComment is a comment on a as it stands, without an ID yet.
func NewComment(a Advisory, by, field, text string, at time.Time) (Comment, error) {
	by, err := person("author", by, "say who comments")
	if err != nil {
		return Comment{}, err
	}
	text = block(text)
	var m mistakes
	m.text("text", text, maxBlock)
	m.text("field", field, maxLine)
	if text == "" {
		m.add("text", "", "is missing", "say what is to be changed, and why")
	}
	if len(m) > 0 {
		return Comment{}, m[0]
	}
	return Comment{Advisory: a.ID, Revision: a.Revision, By: by, At: at.UTC(), Field: line(field), Text: text}, nil
}

// Resolve notes that a comment was dealt with. Resolved ones stay as they are.
func (c Comment) Resolve(by string, at time.Time) (Comment, error) {
	by, err := person("resolver", by, "say who dealt with the comment")
	if err != nil || c.Resolved {
		return c, err
	}
	at = at.UTC()
	c.Resolved, c.ResolvedBy, c.ResolvedAt = true, by, &at
	return c, nil
}
