package locale

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Sentences are what rules write, and what the program keeps or sends before
// anybody reads it, with what it speaks of in the place of each %s. Word finds
// them again. A test of the rules holds them to this list.
func Sentences() []string {
	return slices.Concat(reasons(), events(), mistakes(), files(), hints(), notes())
}

// notes are how a file was understood (importer.Result).
func notes() []string {
	return []string{
		Key("the columns are read as in the import of %s, which had the same headings"),
		Key("column %s (%s) is not used"),
		Key("only the sheet %s was read, of %s"),
		Key("the file has no headings; it was read as a list of addresses"),
		Key("no column of addresses was found: say which one it is"),
		Key("row %s was skipped: it looks like a note below the table"),
		Key("hosts taken from the scan: %s; nothing is scanned by importing them"),
		Key("hosts left out, as they were down: %s"),
		Key("hosts left out, as nothing answered and nmap was told to take them for up (-Pn): %s"),
		Key("hosts that are in the file more than once, taken once: %s"),
		Key("addresses left out, as they are link-local and their host has another: %s"),
		Key("elements that name a host: %s; nothing is scanned by importing them"),
		Key("components left out, as they name no address or are nothing that runs: %s"),
		Key("services left out, as they name no host: %s"),
		Key("endpoints left out, as they are paths without a host: %s"),
		Key("elements left out, as their hosts are in the file already: %s"),
		Key("the file is not UTF-8; it was read as Windows-1252 (Western European): if letters look wrong, save it as UTF-8"),
	}
}

// reasons are why a finding is urgent (inventory.Prioritise).
func reasons() []string {
	return []string{
		Key("exploitation %s (%s), automatable %s, technical impact %s, mission and well-being %s (%s): %s"),
		Key("used by ransomware"),
		Key("listed as known exploited"),
		Key("such services are attacked every day"),
		Key("a well-known way exists"),
		Key("no attacks known"),
		Key("poc"),
		Key("total"),
		Key("OT asset of %s criticality"),
		Key("asset of %s criticality"),
		Key("The deadline changed: %s."),
		Key("The weakness is now in the catalogue of known exploited vulnerabilities."),
		Key("The weakness is no longer in the catalogue of known exploited vulnerabilities."),
	}
}

// events are what scans found of a finding (inventory.Judge).
func events() []string {
	return []string{
		Key("Seen for the first time on %s."),
		Key("Seen again on %s."),
		Key("Seen again on %s, %s after it was closed."),
		Key("less than a day"),
		Key("1 day"),
		Key("%s days"),
		Key("The severity of the check changed from %s to %s."),
		Key("The title of the check changed."),
		Key("Not tested: %s."),
		Key("%s (%s of %s in a row that closing needs)."),
		Key("%s; that is %s."),
		Key("enough to close it"),
		Key("%s times in a row, enough to close it"),
		Key("The asset was retired."),
		Key("The asset was retired: %s."),
		Key("The port answered that nothing listens there"),
		Key("The check ran to its end and did not find it"),
		Key("Another service answers on the port now (%s)"),
		Key("port %s is open, but what answers there could not be identified"),
		Key("port %s was not part of this scan"),
		Key("port %s is filtered: it did not answer"),
		Key("port %s answered differently within one scan"),
		Key("the check was not part of this scan"),
		Key("the scan of the host ended early"),
		Key("the host was not allowed to be scanned"),
		Key("the scan of the host failed"),
		Key("not scanned yet"),
		Key("the asset does not have this address any more"),
		Key("it is registered as OT by another operator"),
		Key("another operator allows looking at it passively only"),
		Key("asset %s may be looked at passively only"),
		Key("it was registered as OT after the scan was planned"),
		Key("a limit was set for it after the scan was planned"),
		Key("the excluded name %s leads there"),
		Key("the name %s leads there, which is registered as OT"),
		Key("the name %s leads there, which has a limit of its own"),
	}
}

// mistakes are what is wrong with what somebody typed (inventory.InputError).
func mistakes() []string {
	return []string{
		Key("missing"),
		Key("is missing"),
		Key("is empty"),
		Key("has passed"),
		Key("not in the future"),
		Key("is more than a year ahead"),
		Key("already past"),
		Key("not after the beginning, %s"),
		Key("unknown answer"),
		Key("not a tag"),
		Key("unknown kind of asset"),
		Key("not an e-mail address"),
		Key("not a telephone number"),
		Key("cannot be reached"),
		Key("unknown contact role"),
		Key("not a language that we write"),
		Key("unknown time zone"),
		Key("not one armoured public key block"),
		Key("a private key; never give it away"),
		Key("larger than 256 KiB"),
		Key("damaged: no empty line after its headers"),
		Key("damaged: its text is not base64"),
		Key("does not begin with a public key"),
		Key("not a certificate in PEM"),
		Key("more than one certificate"),
		Key("damaged: not an X.509 certificate"),
		Key("its key is not RSA, and we can encrypt to no other"),
		Key("its RSA key is too short"),
		Key("its key is not for encryption"),
		Key("host names have no underscore"),
		Key("not a host name"),
		Key("looks like an IP address but is not one"),
		Key("not a full domain name"),
		Key("not a range of addresses"),
		Key("the range ends before it begins"),
		Key("not a prefix"),
		Key("too large for one organisation"),
		Key("reserved (%s: %s)"),
		Key("reserved (unassigned)"),
		Key("covers nothing"),
		Key("longer than %s characters"),
		Key("has control or broken characters in it"),
		Key("is larger than %s MB"),
		Key("is neither a PDF nor a picture"),
		Key("is not complete"),
		Key("never opens"),
		Key("not a window"),
		Key("not a span of time"),
		Key("is not the one of the last test mail, or too old"),
		Key("has had %s test mails in a day"),
		Key("is no contact of the organisation"),
		Key("is the name of several contacts"),
	}
}

// files are what is wrong with a file of assets (importer.RowError).
func files() []string {
	return []string{
		Key("unknown criticality"),
		Key("unknown level"),
		Key("too long"),
		Key("a formula"),
		Key("a formula that failed"),
		Key("%s is in row %s too"),
		Key("%s is twice in this row"),
		Key("is registered by another organisation"),
		Key("prefix too large: it has more than 65,536 addresses"),
		Key("a range"),
		Key("has a port"),
		Key("has brackets"),
		Key("has a space in it"),
		Key("has an invisible character in it"),
		Key("a quotation mark is not closed, or text follows it"),
		Key("a quotation mark in a field that does not begin with one"),
		Key("unreadable file: it is a PDF"),
		Key("unreadable file: the file is empty"),
		Key("unreadable file: it is in the format of Excel before 2007"),
		Key("unreadable file: it is protected by a password"),
		Key("unreadable file: it is not text"),
		Key("unreadable file: it has headings but no rows"),
		Key("unreadable file: it breaks off in line %s"),
		Key("unreadable file: it declares XML entities of its own, which no scanner does"),
		Key("unreadable file: it is CycloneDX in XML"),
		Key("unreadable file: it is a web page"),
		Key("unreadable file: its XML begins with %s"),
		Key("unreadable file: its elements are nested more than %s deep"),
		Key("unreadable file: something follows the end of the scan"),
		Key("unreadable file: no host in it was up"),
		Key("unreadable file: it is a JSON list"),
		Key("unreadable file: it is JSON, but not CycloneDX"),
		Key("unreadable file: it is SPDX, which says of software and not of hosts"),
		Key("unreadable file: something follows the JSON document"),
		Key("unreadable file: nothing in it names a host"),
		Key("unreadable file: line %s: %s"),
		Key("unreadable file: larger than %s MB"),
		Key("unreadable file: %s"),
		Key("no column of addresses: its first row reads %s"),
		Key("give either a file or a list"),
		Key("%s rows have mistakes, so nothing was imported"),
		Key("no row would change anything"),
		Key("its columns are as %s wrote them"),
	}
}

// hints are what to do about it.
func hints() []string {
	return []string{
		Key("say what the CERT needs to know to agree"),
		Key("say when you expect to be done"),
		Key("a risk is accepted until a day: say which"),
		Key("give a day in the future"),
		Key("give a day within a year"),
		Key("give a later day"),
		Key("give one word or a few, 50 characters at most"),
		Key("give an IP address, a prefix, a host name or a URL"),
		Key("write it like soc@example.org"),
		Key("write it like +94 11 269 1692"),
		Key("give an e-mail address or a telephone number"),
		Key("use an IANA name, such as Asia/Colombo"),
		Key("export the certificate alone, in PEM: it begins with -----BEGIN CERTIFICATE-----"),
		Key("use an S/MIME certificate with an RSA key of 2048 bits or more, or an OpenPGP key of any kind"),
		Key("export it with: %s"),
		Key("check the spelling, or register the address instead"),
		Key("write four numbers from 0 to 255 without leading zeros: 192.0.2.10"),
		Key("type it again instead of pasting it"),
		Key("write it like 192.0.2.0/24"),
		Key("name the prefixes that it really holds"),
		Key("give at least one prefix or name"),
		Key("choose the file of the signed letter"),
		Key("scan it in black and white, or at a lower resolution"),
		Key("scan the signed letter as PDF, PNG or JPEG"),
		Key("copy or download the PDF again"),
		Key("choose other windows"),
		Key("write it like: Mon-Fri 22:00-05:00; Sat,Sun"),
		Key("write it like: Mon-Fri 22:00-05:00"),
		Key("write one address, range, prefix, name or URL a line"),
		Key("type it as the mail has it, or send a new test mail"),
		Key("see whether the address is right, and whether the mails were taken for spam; send another tomorrow"),
		Key("choose one of its contacts, or none"),
		Key("write the name or mail address of one, or add the contact first"),
		Key("write the mail address"),
		Key("this should be a few words"),
		Key("copy the cell and paste it as a value"),
		Key("repair it, or write the value"),
		Key("keep one of the two"),
		Key("every row needs an address, a host name or a URL"),
		Key("ask the CERT, if it is yours"),
		Key("leave the port out, or write a URL: %s"),
		Key("open it and save it as Excel workbook (.xlsx) or as CSV in UTF-8"),
		Key("was it saved? save it again and try once more"),
		Key("open it, remove the password, and save it again"),
		Key("write one asset a row below the headings"),
		Key("give the column with addresses the heading address (or IP, host, URL)"),
		Key("make the file anew, with nmap -oX"),
		Key("save it as CycloneDX in JSON and bring that, for example with: cyclonedx convert --output-format json"),
		Key("of XML, only what nmap -oX writes is understood"),
		Key("the scan was interrupted, or the file not copied to its end: make or copy it again"),
		Key("bring another file, if it should be read otherwise"),
		Key("bring one file at a time"),
		Key("hosts that did not answer are not taken: if they are yours, write their addresses into a list"),
		Key("of JSON, only CycloneDX is understood"),
		Key("bring one document at a time"),
		Key("bring a CycloneDX document with services, or a list of addresses"),
		Key("services need endpoints, and devices a property such as ip or hostname; software alone is no asset"),
		Key("the file was not copied to its end: copy or export it again"),
		Key("export it again"),
		Key("split it into several files"),
		Key("choose a file, or paste addresses"),
		Key("mend the file, or take the good rows only"),
		Key("use one of: %s"),
	}
}

// A sentence is one of Sentences that has something filled in.
type sentence struct {
	text    string
	literal string // its longest part between what is filled in
	filled  *regexp.Regexp
}

var sentences = sync.OnceValue(func() []sentence {
	var out []sentence
	for _, text := range Sentences() {
		parts := strings.Split(text, "%s")
		if len(parts) == 1 {
			continue
		}
		s := sentence{text: text}
		for i, p := range parts {
			if len(p) > len(s.literal) {
				s.literal = p
			}
			parts[i] = regexp.QuoteMeta(p)
		}
		s.filled = regexp.MustCompile("^" + strings.Join(parts, "(.+?)") + "$")
		out = append(out, s)
	}
	// The one that says most is tried first: others may be its beginning.
	slices.SortStableFunc(out, func(a, b sentence) int { return cmp.Compare(len(b.text), len(a.text)) })
	return out
})

// sentence says a text that is one of Sentences with something filled in: what
// is filled in is said, too, where it can be.
func (p *Printer) sentence(text string) (string, bool) {
	if p.said == nil || len(text) > maxSentence {
		return "", false
	}
	for _, s := range sentences() {
		said := p.said[s.text]
		if said == "" || !strings.Contains(text, s.literal) {
			continue
		}
		found := s.filled.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		args := make([]any, 0, len(found))
		for _, arg := range found[1:] {
			args = append(args, p.Word(arg))
		}
		return fmt.Sprintf(said, args...), true
	}
	return "", false
}

// maxSentence is the longest text, in bytes, that is looked at as a sentence.
const maxSentence = 1000
