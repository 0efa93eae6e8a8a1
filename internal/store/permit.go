package store

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// PermitOrigin keeps an originator's word on whom an advisory may go on to
// that rests on its documents, and how it was given, as a comment.
func (s *Store) PermitOrigin(ctx context.Context, who string, id advisory.ID, originator exchange.TeamID, to []string, how string) (advisory.Advisory, error) {
	if err := needReason(how); err != nil {
		return advisory.Advisory{}, err
	}
	return s.changeAdvisory(ctx, who, "advisory.origin_consent", id, func(tx *gorm.DB, a advisory.Advisory) (advisory.Advisory, error) {
		a, err := advisory.Permit(a, string(originator), to)
		if err != nil {
			return a, err
		}
		text := fmt.Sprintf("%s consents that it goes on to %s: %s", originator, strings.Join(to, ", "), how)
		if len(to) == 0 {
			text = fmt.Sprintf("%s consents no more that it goes on: %s", originator, how)
		}
		_, err = addComment(tx, a, who, "origins", text, s.now())
		return a, err
	})
}
