package taxii

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
)

// maxList is how many values a match may list.
const maxList = 500

// query reads the filters of a request. fields are the match fields that the
// resource knows. A field that it does not know is refused, for leaving a
// filter out gives what nobody asked for.
func (s *server) query(c *call, fields ...string) (exchange.TAXIIQuery, error) {
	q := exchange.TAXIIQuery{Collection: c.parts[0], Limit: s.o.Page}
	values, err := url.ParseQuery(c.URL.RawQuery)
	if err != nil {
		return q, badQuery("The query cannot be read.")
	}
	for key, list := range values {
		field, isMatch := strings.CutPrefix(key, "match[")
		field, closed := strings.CutSuffix(field, "]")
		if isMatch && (!closed || !slices.Contains(fields, field)) {
			return q, badQuery("Here you can match " + strings.Join(fields, ", ") + ".")
		}
		if known := isMatch || key == "added_after" || key == "limit" || key == "next"; known && len(list) > 1 {
			return q, badQuery("Give " + clean(key, 50) + " once, with commas between values.")
		}
	}
	if v := values.Get("added_after"); values.Has("added_after") {
		if q.AddedAfter, err = time.Parse(time.RFC3339Nano, v); err != nil {
			return q, badQuery("added_after is not a time like 2026-11-22T10:00:00.000000Z.")
		}
	}
	if v := values.Get("limit"); values.Has("limit") {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return q, badQuery("limit is not a number from 1 up.")
		}
		q.Limit = min(n, s.o.MaxPage)
	}
	for field, to := range map[string]*[]string{"id": &q.IDs, "type": &q.Types, "spec_version": &q.SpecVersions} {
		if *to, err = listOf(values, "match["+field+"]"); err != nil {
			return q, err
		}
	}
	if q.Versions, err = versionsOf(values); err != nil {
		return q, err
	}
	if token := values.Get("next"); values.Has("next") {
		at, ok := s.openCursor(token, c, values)
		if !ok {
			return q, badQuery("next is not of this query. Keep all else as it was, or begin anew with added_after.")
		}
		q.AddedAfter = at
	}
	return q, nil
}

func badQuery(description string) error {
	return fail(http.StatusBadRequest, "Bad request", description)
}

func listOf(values url.Values, key string) ([]string, error) {
	if !values.Has(key) {
		return nil, nil
	}
	list := strings.Split(values.Get(key), ",")
	if len(list) > maxList || slices.Contains(list, "") || !storable(values.Get(key)) {
		return nil, badQuery(key + " is a list of 1 to " + strconv.Itoa(maxList) + " values with commas between.")
	}
	return list, nil
}

func versionsOf(values url.Values) (exchange.TAXIIVersions, error) {
	var v exchange.TAXIIVersions
	list, err := listOf(values, "match[version]")
	if err != nil {
		return v, err
	}
	for _, word := range list {
		switch word {
		case "all":
			v.All = true
		case "first":
			v.First = true
		case "last":
			v.Last = true
		default:
			at, err := time.Parse(time.RFC3339Nano, word)
			if err != nil {
				return v, badQuery("match[version] takes first, last, all and times.")
			}
			v.At = append(v.At, at)
		}
	}
	return v, nil
}

// A cursor is the moment of the last record shown, signed together with the
// question it answers: it cannot be made up, passed on, or used to go on with
// another question.
func (s *server) cursor(at time.Time, c *call) string {
	values, _ := url.ParseQuery(c.URL.RawQuery) // it was read before
	raw := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(raw, s.cursorMAC(raw, c, values)...))
}

func (s *server) openCursor(token string, c *call, values url.Values) (time.Time, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 8+macBytes || !hmac.Equal(raw[8:], s.cursorMAC(raw[:8], c, values)) {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(raw))).UTC(), true
}

const macBytes = 16

// cursorMAC leaves limit out: a reader may change its step on the way.
func (s *server) cursorMAC(at []byte, c *call, values url.Values) []byte {
	question := url.Values{"team": {string(c.who.Team)}, "path": {c.URL.Path}, "at": {string(at)}}
	for k, v := range values {
		if k == "added_after" || strings.HasPrefix(k, "match[") {
			question[k] = v
		}
	}
	mac := hmac.New(sha256.New, s.o.Key)
	mac.Write([]byte("taxii cursor\n" + question.Encode()))
	return mac.Sum(nil)[:macBytes]
}
