package post

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/notify"
)

// MaxBounce is the largest returned message that is read, in bytes.
const MaxBounce = 4 << 20

// How a notice's token looks in an address, and its Message-ID in a header.
var (
	tokenInAddress = regexp.MustCompile(`\+n-([a-z2-7]{20})@`)
	noticeID       = regexp.MustCompile(`<(notice\.[a-z2-7]{20}@[A-Za-z0-9.-]{1,253})>`)
)

// ReadBounce reads a message that came back: a report as RFC 3464 wants it, or
// whatever else a server wrote. Which notice it speaks of, the address that it
// came to says, or the Message-ID of what it returns. That a mail will never
// arrive only a report is believed to say.
func ReadBounce(raw []byte) (notify.Bounce, error) {
	report, err := mail.ReadReport(raw, mail.Limits{Raw: MaxBounce, Opened: MaxBounce})
	if err != nil {
		return notify.Bounce{}, err
	}
	sum := sha256.Sum256(raw)
	b := notify.Bounce{SHA256: hex.EncodeToString(sum[:])}
	for _, to := range report.To {
		if m := tokenInAddress.FindStringSubmatch(strings.ToLower(to)); m != nil {
			b.Token = m[1]
		}
	}
	if m := noticeID.FindSubmatch(report.Returned); m != nil {
		b.MessageID = string(m[1])
	}
	for _, f := range report.Recipients {
		hard := f.Action == "failed" && strings.HasPrefix(f.Status, "5.") && !passing(f.Status)
		if b.Action == "" || hard && !b.Hard {
			b.Recipient, b.Action, b.Status, b.Diagnostic, b.Hard = f.Recipient, f.Action, f.Status, f.Diagnostic, hard
		}
	}
	return b, nil
}

// passing tells permanent failures of one message that say nothing about the
// address: a full mailbox, a mail too large, a server's rules for content.
func passing(status string) bool {
	return strings.HasPrefix(status, "5.2.2") || strings.HasPrefix(status, "5.3.") || strings.HasPrefix(status, "5.2.3")
}
