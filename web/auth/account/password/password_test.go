package password

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// cheap are parameters for tests.
var cheap = Params{Memory: 64, Time: 1, Threads: 1}

func hasher(t *testing.T, p Params, parallel int) *Hasher {
	t.Helper()
	h, err := NewHasher(p, parallel)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hash(t *testing.T, h *Hasher, pw string) string {
	t.Helper()
	s, err := h.Hash(t.Context(), pw)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHashAndVerify(t *testing.T) {
	h := hasher(t, Defaults(), 1)
	const pw = "copper lantern ravine tide"
	stored := hash(t, h, pw)
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=65536,t=3,p=2$") {
		t.Errorf("stored %q", stored)
	}
	if hash(t, h, pw) == stored {
		t.Error("two hashes of one password are the same")
	}
	for _, c := range []struct {
		typed string
		ok    bool
	}{{pw, true}, {pw + " ", false}, {"", false}, {strings.ToUpper(pw), false}} {
		if ok, rehash, err := h.Verify(t.Context(), stored, c.typed); ok != c.ok || rehash || err != nil {
			t.Errorf("Verify(%q) = %t, %t, %v, want %t", c.typed, ok, rehash, err, c.ok)
		}
	}
	if ok, _, err := h.Verify(t.Context(), "", pw); ok || err != nil {
		t.Errorf("Verify of nobody = %t, %v", ok, err)
	}
}

func TestVerifyKeyboards(t *testing.T) {
	h := hasher(t, cheap, 1)
	stored := hash(t, h, "caf\u00e9 by the river bank")
	if ok, _, _ := h.Verify(t.Context(), stored, "cafe\u0301 by the river bank"); !ok {
		t.Error("the same letters written another way are another password")
	}
}

func TestVerifyOverlong(t *testing.T) {
	h := hasher(t, cheap, 1)
	longest := strings.Repeat("ab c", maxBytes/4)
	stored := hash(t, h, longest)
	if ok, _, _ := h.Verify(t.Context(), stored, longest); !ok {
		t.Error("the longest password does not verify")
	}
	if ok, _, _ := h.Verify(t.Context(), stored, longest+"x"); ok {
		t.Error("a password that only begins like the longest verifies")
	}
	if _, err := h.Hash(t.Context(), longest+"x"); err == nil {
		t.Error("an overlong password is hashed")
	}
}

func TestRehashWhenStronger(t *testing.T) {
	weak := hash(t, hasher(t, cheap, 1), "pw")
	for _, c := range []struct {
		p    Params
		want bool
	}{
		{cheap, false},
		{Params{Memory: 128, Time: 1, Threads: 1}, true},
		{Params{Memory: 64, Time: 2, Threads: 1}, true},
		{Params{Memory: 32, Time: 2, Threads: 1}, false},
	} {
		h := hasher(t, c.p, 1)
		if ok, rehash, err := h.Verify(t.Context(), weak, "pw"); !ok || rehash != c.want || err != nil {
			t.Errorf("Verify with %+v = %t, %t, %v, want rehash %t", c.p, ok, rehash, err, c.want)
		}
		if _, rehash, _ := h.Verify(t.Context(), weak, "wrong"); rehash {
			t.Error("a wrong password is to be hashed again")
		}
	}
}

func TestVerifyRefusesForeignHashes(t *testing.T) {
	h := hasher(t, cheap, 1)
	good := hash(t, h, "pw")
	for _, stored := range []string{
		"x", "$2b$12$abcdefghijklmnopqrstuv", good + "=", good + "$", good[:len(good)-4], " " + good, good + "\n",
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "m=64", "m=4294967295", 1), strings.Replace(good, "m=64", "m=064", 1),
		strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "t=1", "t=999999", 1), strings.Replace(good, "p=1", "p=0", 1),
	} {
		if ok, _, err := h.Verify(t.Context(), stored, "pw"); ok || !errors.Is(err, ErrHash) {
			t.Errorf("Verify(%q) = %t, %v, want ErrHash", stored, ok, err)
		}
	}
}

func TestHasherTakesTurns(t *testing.T) {
	h := hasher(t, cheap, 2)
	h.slots <- struct{}{}
	h.slots <- struct{}{} // both places are taken
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.Hash(ctx, "pw"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Hash without a place = %v, want to wait until the deadline", err)
	}
	<-h.slots
	<-h.slots
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := h.Hash(t.Context(), "pw"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(h.slots) != 0 {
		t.Errorf("%d places were not given back", len(h.slots))
	}
	for _, p := range []Params{{}, {Memory: 1 << 30, Time: 1, Threads: 1}, {Memory: 8, Time: 1, Threads: 2}} {
		if _, err := NewHasher(p, 1); err == nil {
			t.Errorf("NewHasher(%+v) is content", p)
		}
	}
	if _, err := NewHasher(cheap, 0); err == nil {
		t.Error("NewHasher with no place is content")
	}
}

func TestPolicy(t *testing.T) {
	for pw, want := range map[string]string{
		"copper lantern ravine tide":  "",
		"dragon monkey master shadow": "",
		"রূপালি নদীর তীরে সবুজ ধান":   "",
		"Tq7#vLp2!xRm":                    "",
		"amara likes green mangoes":       "",
		"tiny":                            "short",
		"elevenchars":                     "short",
		"Password1234":                    "guess",
		"P@ssw0rd!2026":                   "guess",
		"Welcome123456":                   "guess",
		"adminadminadmin":                 "guess",
		"qwertyuiop123":                   "guess",
		"1q2w3e4r5t6y":                    "guess",
		"847362518476":                    "guess",
		"aaaaaaaaaaaaaaaa":                "guess",
		"abababababab":                    "guess",
		"amaraamaraamara":                 "name",
		"AMARA-2026-x":                    "name",
		"copper\x00lantern":               "keyboard",
		"copper\xff lantern":              "keyboard",
		strings.Repeat("long word ", 200): "long",
	} {
		err := Check(pw, "amara@example.org")
		if want == "" {
			if err != nil {
				t.Errorf("Check(%q) = %v, want content", pw, err)
			}
			continue
		}
		if !errors.Is(err, inventory.ErrInvalid) || !strings.Contains(err.Error(), want) || inventory.HintOf(err) == "" {
			t.Errorf("Check(%q) = %v, want %q and a hint", pw, err, want)
		} else if strings.Contains(err.Error(), pw) {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}
