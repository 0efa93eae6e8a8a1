package totp

import (
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// Secret and codes of RFC 6238, appendix B, cut to six digits.
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func TestRFCVectors(t *testing.T) {
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if step, fresh := Match(rfcSecret, code, time.Unix(at, 0), 0); step != at/30 || !fresh {
			t.Errorf("Match at %d = %d, %t, want %d", at, step, fresh, at/30)
		}
	}
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMatchOneStepOfDrift(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	now := at.Unix() / 30
	for d := int64(-3); d <= 3; d++ {
		c := code(t, rfcSecret, at.Add(time.Duration(d)*30*time.Second))
		step, fresh := Match(rfcSecret, c, at, 0)
		if near := d >= -1 && d <= 1; fresh != near || near && step != now+d {
			t.Errorf("a code %d steps off = %d, %t", d, step, fresh)
		}
	}
}

func TestMatchTakesNoStepTwice(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	c := code(t, rfcSecret, at)
	step, fresh := Match(rfcSecret, c, at, 0)
	if !fresh {
		t.Fatal("the first use is refused")
	}
	if again, fresh := Match(rfcSecret, c, at, step); fresh || again != step {
		t.Errorf("the second use = %d, %t, want the step, used", again, fresh)
	}
	// Nor one before it, though it is near enough.
	if _, fresh := Match(rfcSecret, code(t, rfcSecret, at.Add(-30*time.Second)), at, step); fresh {
		t.Error("a code of a step before the used one is taken")
	}
	if _, fresh := Match(rfcSecret, code(t, rfcSecret, at.Add(30*time.Second)), at, step); !fresh {
		t.Error("the next step's code is refused")
	}
}

func TestMatchForms(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	c := code(t, rfcSecret, at)
	if _, fresh := Match(rfcSecret, " "+c[:3]+" "+c[3:]+" ", at, 0); !fresh {
		t.Error("a code with spaces is refused")
	}
	for _, typed := range []string{"", c[:5], c + "0", "abcdef", "１２３４５６"} {
		if step, fresh := Match(rfcSecret, typed, at, 0); step != 0 || fresh {
			t.Errorf("Match(%q) = %d, %t", typed, step, fresh)
		}
	}
	nobody := code(t, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", at)
	if step, fresh := Match("", nobody, at, 0); step != 0 || fresh {
		t.Error("nobody's code matches")
	}
}

func TestNew(t *testing.T) {
	key, err := New("CIIScan", "amara@example.org")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(key.URI)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/CIIScan:amara@example.org" {
		t.Errorf("URI = %s, %v", key.URI, err)
	}
	q := u.Query()
	if q.Get("secret") != key.Secret || q.Get("issuer") != "CIIScan" || q.Get("digits") != "6" || q.Get("period") != "30" || len(key.Secret) != 32 {
		t.Errorf("URI = %s for %+v", key.URI, key)
	}
	if other, _ := New("CIIScan", "amara@example.org"); other.Secret == key.Secret {
		t.Error("two keys are the same")
	}
	at := time.Unix(1_800_000_000, 0)
	if _, fresh := Match(key.Secret, code(t, key.Secret, at), at, 0); !fresh {
		t.Error("a new key's code is refused")
	}
}
