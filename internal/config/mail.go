package config

import (
	"net/mail"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

// validate returns every mistake in what was said of mail to operators.
func (m Mail) validate() []error {
	var errs []error
	wrong := func(field, value, message, hint string) {
		errs = append(errs, &inventory.InputError{Field: "mail." + field, Value: value, Message: message, Hint: hint})
	}
	for field, value := range map[string]string{"from": m.From, "reply_to": m.Notices.ReplyTo, "bounces": m.Notices.Bounces} {
		if value == "" {
			continue
		}
		a, err := mail.ParseAddress(value)
		if err != nil || field == "bounces" && (a.Address != value || strings.Contains(value, "+")) {
			wrong(field, value, "is not an address of mail", "write it like ciiscan@cert.example")
		}
	}
	if _, err := notify.ParseQuiet(m.Notices.QuietHours); err != nil {
		wrong("quiet_hours", m.Notices.QuietHours, "are not two times of day", inventory.HintOf(err))
	}
	for field, value := range map[string]int{"hourly_cap": m.Notices.HourlyCap, "daily_cap": m.Notices.DailyCap} {
		if value < 1 || value > 1000 {
			wrong(field, strconv.Itoa(value), "is out of range", "use 1 to 1000")
		}
	}
	if days := m.Notices.ConfirmDays; days < 0 || days > 30 {
		wrong("confirm_days", strconv.Itoa(days), "is out of range", "use 1 to 30, or 0 for never")
	}
	if (m.Notices.SMIMECert == "") != (m.Notices.SMIMEKey == "") {
		wrong("smime_cert", m.Notices.SMIMECert, "needs its key, and the key its certificate", "set mail.smime_cert and mail.smime_key")
	}
	return errs
}
