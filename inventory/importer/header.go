package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ciiscan/ciiscan/inventory"
)

// headerSearch is how many of the first rows may stand above the headings.
const headerSearch = 20

// A Header says what a column was taken for.
type Header struct {
	Column string // its letter
	Text   string // the heading as written
	Field  string // "address", "host", "name", ... or "" when it is not used
}

// Fields of an asset that a column can hold. A host column is an address
// where the row has no other, else the name.
const (
	fieldAddress     = "address"
	fieldHost        = "host"
	fieldName        = "name"
	fieldFunction    = "function"
	fieldSite        = "site"
	fieldContact     = "contact"
	fieldCriticality = "criticality"
	fieldKind        = "kind"
	fieldTags        = "tags"
)

// Fields lists what a column can be said to hold.
func Fields() []string {
	return []string{fieldAddress, fieldHost, fieldName, fieldFunction, fieldSite, fieldContact, fieldCriticality, fieldKind, fieldTags}
}

// synonyms are the headings understood, reduced to letters and digits. To
// teach a wording, add it here.
var synonyms = map[string]string{
	fieldAddress: `address addr addresses ip ips ipaddress ipaddresses ipaddr ipv4 ipv6 ipv4address ipv6address ipno
		publicip publicipaddress externalip externalipaddress wanip staticip iporhostname iphostname iphost hostip
		ipaddressorhostname ipaddresshostname hostorip hostnameip addresscidr ipcidr
		ঠিকানা আইপি আইপিঠিকানা पता आईपी आईपीपता ठेगाना आइपी आइपीठेगाना ලිපිනය අයිපීලිපිනය முகவரி ஐபி ஐபிமுகவரி
		ที่อยู่ ไอพี หมายเลขไอพี လိပ်စာ အိုင်ပီ adresse adresseip direccion direccionip endereco alamat alamatip
		url urls uri website webaddress weburl link network networks subnet prefix cidr range iprange ipblock netblock ipsubnet`,
	fieldHost: `host hosts hostname hostnames fqdn dns dnsname domain domains domainname asset assets target targets
		endpoint server device machine হোস্ট সার্ভার होस्ट सर्वर ධාරකය சேவையகம் โฮสต์ เซิร์ฟเวอร์ ဆာဗာ serveur servidor`,
	fieldName: `name assetname label title description devicename servername systemname system application
		applicationname নাম नाम නම பெயர் ชื่อ အမည် nom nombre nama`,
	fieldFunction: `function functions purpose role usedfor usage use businessfunction businessservice কাজ উদ্দেশ্য ব্যবহার
		कार्य उद्देश्य उपयोग काम प्रयोजन කාර්යය செயல்பாடு பயன்பாடு หน้าที่ การใช้งาน လုပ်ဆောင်ချက် fonction usageprevu funcion fungsi`,
	// An owner is a department as often as not, so the word is not among these.
	fieldContact: `contact contactperson contactname contactemail assetcontact ownercontact owneremail responsibleperson
		যোগাযোগ দায়িত্বপ্রাপ্তব্যক্তি संपर्क सम्पर्क संपर्कव्यक्ति සම්බන්ධතා தொடர்பு ผู้ติดต่อ ဆက်သွယ်ရန် contacto kontak`,
	fieldSite: `site sitename location place building office datacenter datacentre region plant substation branch city
		facility স্থান स्थान ස්ථානය இடம் สถานที่ နေရာ lieu sitio lokasi`,
	fieldCriticality: `criticality criticalitylevel importance businesscriticality impact assetcriticality গুরুত্ব महत्व महत्त्व වැදගත්කම முக்கியத்துவம் ความสำคัญ အရေးကြီးမှု criticite`,
	fieldKind:        `kind class type assetclass assettype assetkind itot itorot otit`,
	fieldTags:        `tags tag labels keywords groups group ট্যাগ टैग ट्याग ටැග් குறிச்சொல் แท็ก`,
}

// fieldOf returns the field that a heading names, or "".
func fieldOf(heading string) string {
	if len(heading) > 100 {
		return ""
	}
	key := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) { // vowels are marks in the region's scripts
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
	if key == "" {
		return ""
	}
	for field, words := range synonyms {
		for word := range strings.FieldsSeq(words) {
			if word == key {
				return field
			}
		}
	}
	return ""
}

// columns says where each field is: column numbers from 0, in order.
type columns map[string][]int

// findHeader finds the row of headings, and how many lines come before the
// data; false when there is no address column.
func (t *table) findHeader() (headers []Header, skip int, ok bool) {
	for i, l := range t.lines[:min(len(t.lines), headerSearch)] {
		headers = make([]Header, len(l.cells))
		addressable := false
		for c, text := range l.cells {
			headers[c] = Header{Column: columnLetter(c), Text: cleanLine(text), Field: fieldOf(text)}
			addressable = addressable || headers[c].Field == fieldAddress || headers[c].Field == fieldHost
		}
		if addressable {
			return headers, i + 1, true
		}
	}
	return nil, 0, false
}

// understand finds out what the columns are.
func (t *table) understand() ([]Header, columns, []line, error) {
	headers, skip, ok := t.findHeader()
	switch {
	case t.fields != nil:
		headers, skip = t.told(headers, skip, ok)
		if !slices.ContainsFunc(headers, func(h Header) bool { return h.Field == fieldAddress || h.Field == fieldHost }) {
			return nil, nil, nil, t.noAddressColumn()
		}
	case ok:
	case t.isBareList():
		t.notes = append(t.notes, "the file has no headings; it was read as a list of addresses")
		headers, skip = []Header{{Column: "A", Field: fieldAddress}}, 0
	default:
		return nil, nil, nil, t.noAddressColumn()
	}
	cols := columns{}
	for i, h := range headers {
		if several := h.Field == fieldAddress || h.Field == fieldHost; h.Field != "" && !several && len(cols[h.Field]) > 0 {
			headers[i].Field = "" // the first one counts
		} else if h.Field != "" {
			cols[h.Field] = append(cols[h.Field], i)
		}
		if headers[i].Field == "" && h.Text != "" && t.format == "" {
			t.notes = append(t.notes, fmt.Sprintf("column %s (%s) is not used", h.Column, h.Text))
		}
	}
	return headers, cols, t.lines[skip:], nil
}

// told takes the fields as somebody gave them. The headings are those that were
// found, or the first row.
func (t *table) told(headers []Header, skip int, found bool) ([]Header, int) {
	if !found {
		headers, skip = t.firstRow(), 1
		if t.isBareList() {
			headers, skip = []Header{{Column: "A"}}, 0
		}
	}
	for i, h := range headers {
		headers[i].Field = t.fields[h.Column]
	}
	return headers, skip
}

// firstRow takes the first row for headings.
func (t *table) firstRow() []Header {
	if len(t.lines) == 0 {
		return nil
	}
	headers := make([]Header, len(t.lines[0].cells))
	for c, text := range t.lines[0].cells {
		headers[c] = Header{Column: columnLetter(c), Text: cleanLine(text), Field: fieldOf(text)}
	}
	return headers
}

// noAddresses says that no column holds addresses, and what there is.
type noAddresses struct {
	*inventory.InputError
	layout Result
}

// Unwrap is the mistake.
func (e *noAddresses) Unwrap() error { return e.InputError }

// isBareList tells whether the table is one column that begins with an
// address.
func (t *table) isBareList() bool {
	for _, l := range t.lines {
		if len(l.cells) != 1 {
			return false
		}
	}
	if len(t.lines) == 0 {
		return false
	}
	addrs, err := expand(t.lines[0].cells[0])
	return err == nil && len(addrs) > 0
}

func (t *table) noAddressColumn() error {
	if len(t.lines) == 0 {
		return t.file.unreadable("it has no rows", "the first row should be headings: address, name, site, criticality, kind, tags")
	}
	var words []string
	for _, c := range t.lines[0].cells {
		if c = strings.TrimSpace(c); c != "" {
			words = append(words, shorten(c))
		}
	}
	return &noAddresses{&inventory.InputError{
		Field: "file", Value: shorten(t.file.name),
		Message: "no column of addresses: its first row reads " + cleanLine(strings.Join(words, ", ")),
		Hint:    "give the column with addresses the heading address (or IP, host, URL)",
	}, Result{Headers: t.firstRow(), Notes: t.notes, Sheets: t.sheets, Sheet: t.sheet}}
}

// cleanLine makes a text of the file fit to be shown in one line.
func cleanLine(s string) string {
	return shorten(strings.Join(strings.Fields(inventory.CleanText(s, 500)), " "))
}
