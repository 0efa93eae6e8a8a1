package match

import "testing"

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		reason, version, bound string
		want                   outcomes
	}{
		{"numbers are not text", "1.10.0", "1.9.9", greater},
		{"the same", "6.0.9", "6.0.9", equal},
		{"zeros at the end say nothing", "2.4", "2.4.0", equal},
		{"leading zeros neither", "2.04", "2.4", equal},
		{"long numbers", "20260102030405060708", "20260102030405060709", less},
		{"OpenSSH's suffix", "9.2p1", "9.3p2", less},
		{"OpenSSL's letters", "1.0.2k", "1.0.2u", less},
		{"a letter after the bound", "1.0.2k", "1.0.2", equal | greater},
		{"a candidate comes before", "2.0-rc1", "2.0", less},
		{"and after its beta", "2.0-rc1", "2.0-beta3", greater},
		{"the release comes after its candidate", "2.0", "2.0-rc1", greater},
		{"a short version may be any of its patches", "2.4", "2.4.50", unclear},
		{"but not of another line", "2.4", "2.6.1", less},
		{"a short bound may mean its patches", "7.0.15", "7.0", equal | greater},
		{"a long bound means itself", "2.4.50.1", "2.4.50", greater},
		{"the distribution's part goes", "9.2p1 Debian 2+deb12u1", "9.2p1", equal},
		{"of a package version, too", "2.4.57-2+deb12u1", "2.4.57", equal},
		{"and of another one", "1.18.0-6ubuntu14.4", "1.18.0", equal},
		{"an epoch is the packager's", "1:9.2p1-2+deb12u2", "9.2p1", equal},
		{"MariaDB hides its own", "5.5.5-10.3.29-MariaDB", "10.3.30", less},
		{"a v in front", "v1.2.3", "1.2.3", equal},
		{"a build says nothing", "1.2.3+build.7", "1.2.3", equal},
		{"final is the release", "4.2.0.final", "4.2.0", equal},
		{"nmap does not know", "4.X", "4.1", unclear},
		{"nmap gives a range", "2.0.8 - 3.0.3", "2.1", unclear},
		{"nmap says more than that", "9.6.0 or later", "9.7", unclear},
		{"nothing", "", "1.0", unclear},
		{"a word", "unknown", "1.0", unclear},
		{"words that nobody knows", "1.2-foo", "1.2-bar", unclear},
	} {
		if got := parseVersion(tt.version).compare(parseVersion(tt.bound)); got != tt.want {
			t.Errorf("%s: %q to %q = %03b, want %03b", tt.reason, tt.version, tt.bound, got, tt.want)
		}
	}
}

func TestSpan(t *testing.T) {
	for _, tt := range []struct {
		reason, span, version string
		want                  fit
	}{
		{"in an interval", "vers:generic/>=6.0|<6.2.6", "6.0.9", inside},
		{"the end is not in it", "vers:generic/>=6.0|<6.2.6", "6.2.6", outside},
		{"the beginning is", "vers:generic/>=6.0|<6.2.6", "6.0", inside},
		{"before it", "vers:generic/>=6.0|<6.2.6", "5.9", outside},
		{"between two", "vers:generic/<5.0.14|>=6.0|<6.0.16", "5.0.14", outside},
		{"in the second", "vers:generic/<5.0.14|>=6.0|<6.0.16", "6.0.9", inside},
		{"out of order", "vers:generic/<6.0.16|>=6.0|<5.0.14", "5.0.3", inside},
		{"one of a list", "vers:generic/1.0|1.2|1.4", "1.2", inside},
		{"none of a list", "vers:generic/1.0|1.2|1.4", "1.3.1", outside},
		{"an exception", "vers:generic/>=1.0|!=1.2.5|<2.0", "1.2.5", outside},
		{"all", "vers:generic/*", "1.2.5", inside},
		{"all, even when it is not known", "vers:all/*", "", inside},
		{"escaped", "vers:generic/%3C2.0", "1.0", inside},
		{"operators alone", ">= 1.0, < 2.0", "1.5", inside},
		{"a version alone", "1.5", "1.5", inside},
		{"too short to tell", "vers:generic/<2.4.50", "2.4", perhaps},
		{"prose", "all versions prior to 2", "1.0", perhaps},
		{"nothing", "", "1.0", perhaps},
		{"an upper end with a suffix", "vers:generic/<=9.2", "9.2p1", perhaps},
		{"below an upper end with a suffix", "vers:generic/<9.3p2", "9.2p1", inside},
	} {
		if got := parseSpan(tt.span).holds(parseVersion(tt.version)); got != tt.want {
			t.Errorf("%s: %q in %q = %d, want %d", tt.reason, tt.version, tt.span, got, tt.want)
		}
	}
}

func FuzzSpan(f *testing.F) {
	for _, s := range []string{"vers:generic/>=6.0|<6.2.6", "vers:deb/*", "<1.0", "vers:npm/%zz", "1.2|1.3", ">=|<"} {
		f.Add(s, "1.2.3p1 Debian 2")
	}
	f.Fuzz(func(t *testing.T, text, v string) {
		s := parseSpan(text)
		if got := s.holds(parseVersion(v)); got > inside {
			t.Errorf("%q in %q = %d", v, text, got)
		}
		if s.unknown && s.holds(parseVersion(v)) != perhaps {
			t.Errorf("%q cannot be read, and decides", text)
		}
	})
}

func FuzzVersion(f *testing.F) {
	f.Add("9.2p1", "9.2p1 Debian 2+deb12u1")
	f.Add("2.0-rc1", "1:2.0~beta")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := parseVersion(a), parseVersion(b)
		if got := x.compare(x); got != equal && got != unclear {
			t.Errorf("%q to itself = %03b", a, got)
		}
		// Whatever is sure one way cannot be the contrary the other way.
		if x.compare(y) == less && y.compare(x) == less || x.compare(y) == greater && y.compare(x) == greater {
			t.Errorf("%q and %q are both before, or both after, the other", a, b)
		}
	})
}

func FuzzCPE(f *testing.F) {
	for _, s := range []string{
		"cpe:/a:openbsd:openssh:9.2p1", "cpe:2.3:a:redis:redis:6.0.9:*:*:*:*:*:*:*", "cpe:2.3:a:\\$0.99_kindle:b:-:*:*:*:*:*:*:*",
		"cpe:/a:000%0:000000000000", "cpe:/o:linux:linux_kernel", "cpe:/a:b:c%21:1:~~~~", "cpe:2.3:", "cpe:/", "cpe:/a", "cpe:/a:::~",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, ok := parseCPE(s); ok && c.name.product == "" {
			t.Errorf("%q names nothing", s)
		}
		parsePURL("pkg:" + s)
	})
}
