package mail

import (
	"bufio"
	"bytes"
	"net/textproto"
	"strings"
)

// A Report is a mail that says what became of another (RFC 3464). It is the
// word of whoever wrote it.
type Report struct {
	// To are the addresses that it came to, as its headers have them.
	To []string
	// Recipients are those of the other mail that it speaks of; none when the
	// mail is no report, or one that cannot be read.
	Recipients []Fate
	// Returned is what it brings back of the other mail: all, or its header.
	Returned []byte
}

// A Fate is what became of a mail to one recipient.
type Fate struct {
	Recipient  string // its address
	Action     string // failed, delayed, delivered, relayed or expanded
	Status     string // RFC 3463: 5.1.1
	Diagnostic string // what its server said
}

// arrived are the headers in which servers write whom a mail came to.
var arrived = []string{"To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To"}

const maxFates = 50

// ReadReport reads a mail that may be a report. One that is none has no
// recipients, and is no error; a mail that cannot be read is.
func ReadReport(raw []byte, limits Limits) (Report, error) {
	limits = limits.orDefault()
	if int64(len(raw)) > limits.Raw {
		return Report{}, tooLarge("is larger than what is read here")
	}
	root, err := readEntity(raw)
	if err != nil {
		return Report{}, err
	}
	var r Report
	for _, name := range arrived {
		for _, v := range root.header[name] {
			r.To = append(r.To, oneLine(v, 500))
		}
	}
	if !strings.HasPrefix(root.media, "multipart/") {
		r.Returned = root.body
		return r, nil
	}
	parts, err := root.parts(min(limits.Parts, 20))
	if err != nil {
		return Report{}, err
	}
	isReport := root.media == "multipart/report" && strings.EqualFold(root.params["report-type"], "delivery-status")
	for _, raw := range parts {
		e, err := readEntity(raw)
		if err != nil {
			return Report{}, err
		}
		body, err := e.content()
		if err != nil {
			return Report{}, err
		}
		switch e.media {
		case "message/delivery-status", "message/global-delivery-status":
			if isReport {
				r.Recipients = append(r.Recipients, fates(body)...)
			}
		case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
			r.Returned = body
		}
	}
	return r, nil
}

// fates reads groups of fields with empty lines between; the first is about
// the mail, the others about one recipient each.
func fates(body []byte) []Fate {
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	var out []Fate
	for _, group := range bytes.Split(body, []byte("\n\n")) {
		group = append(bytes.Trim(group, "\n"), "\n\n"...)
		fields, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(group))).ReadMIMEHeader()
		if err != nil || fields.Get("Action") == "" || len(out) >= maxFates {
			continue
		}
		recipient := fields.Get("Final-Recipient")
		if recipient == "" {
			recipient = fields.Get("Original-Recipient")
		}
		status, _, _ := strings.Cut(strings.TrimSpace(fields.Get("Status")), " ")
		out = append(out, Fate{
			Recipient: afterType(recipient), Action: strings.ToLower(oneLine(fields.Get("Action"), 20)),
			Status: oneLine(status, 20), Diagnostic: afterType(fields.Get("Diagnostic-Code")),
		})
	}
	return out
}

// afterType drops what "rfc822; desk@example.org" begins with.
func afterType(s string) string {
	if _, rest, ok := strings.Cut(s, ";"); ok {
		s = rest
	}
	return oneLine(s, 500)
}
