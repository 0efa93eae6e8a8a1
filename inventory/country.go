package inventory

import (
	"strings"
	"time"
)

// countries are the officially assigned codes of ISO 3166-1 alpha-2.
const countries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ" +
	" CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR" +
	" GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP" +
	" KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ" +
	" NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW" +
	" SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ" +
	" UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "

// defaultZones are the zones of the BIMSTEC countries, each of which has one.
var defaultZones = map[string]string{
	"BD": "Asia/Dhaka",
	"BT": "Asia/Thimphu",
	"IN": "Asia/Kolkata",
	"LK": "Asia/Colombo",
	"MM": "Asia/Yangon",
	"NP": "Asia/Kathmandu",
	"TH": "Asia/Bangkok",
}

// ParseCountry accepts an assigned ISO 3166-1 alpha-2 code, in any case.
func ParseCountry(s string) (string, error) {
	v := strings.ToUpper(strings.TrimSpace(s))
	if len(v) != 2 || !strings.Contains(countries, " "+v+" ") {
		return "", invalid("country", s, "not a country code", "use the two letters of ISO 3166-1, such as LK or BD")
	}
	return v, nil
}

// parseTimeZone accepts an IANA name; empty means the country's, where it has
// a known one. Without a country there is nothing to say about a zone.
func parseTimeZone(s, country string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" && country == "" {
		return "", nil
	}
	if s == "" {
		if s = defaultZones[country]; s == "" {
			return "", invalid("time zone", "", "missing", "give the IANA name, such as Asia/Colombo")
		}
	}
	if _, err := loadZone(s); err != nil {
		return "", err
	}
	return s, nil
}

// loadZone finds a zone by its IANA name. "Local" and "" are refused: they
// mean something else on every machine.
func loadZone(name string) (*time.Location, error) {
	if name != "" && name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, invalid("time zone", name, "unknown time zone", "use an IANA name, such as Asia/Colombo")
}
