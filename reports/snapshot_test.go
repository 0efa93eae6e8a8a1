package reports

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

// What was kept gives the same bytes again, in every format.
func TestSnapshotGivesTheSameBytes(t *testing.T) {
	for _, d := range []Data{national(t, sample(t)), operator(sample(t)), sector(t, sample(t), 6)} {
		d.Issue = Issue{Week: "2026-W47", Revision: 2, Because: "an asset was missing", Note: "Call us <b>now</b>."}
		kept, err := EncodeData(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := EncodeData(d)
		if err != nil || !bytes.Equal(kept, again) {
			t.Fatalf("the same data were encoded differently: %v", err)
		}
		back, err := DecodeData(kept)
		if err != nil {
			t.Fatal(err)
		}
		want, got := sums(t, d), sums(t, back)
		if len(want) == 0 || len(want) != len(got) {
			t.Fatalf("%d files of the data, %d of the snapshot", len(want), len(got))
		}
		for name, sum := range want {
			if got[name] != sum {
				t.Errorf("%s made of the snapshot differs", name)
			}
		}
	}
}

func sums(t *testing.T, d Data) map[string][32]byte {
	t.Helper()
	files, err := Render(build(t, d), Formats(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][32]byte{}
	for _, f := range files {
		out[f.Name] = sha256.Sum256(f.Data)
	}
	return out
}

func TestDecodeDataRefusesWhatIsNone(t *testing.T) {
	for _, bad := range [][]byte{nil, []byte("{}"), {0x1f, 0x8b}} {
		if _, err := DecodeData(bad); err == nil {
			t.Errorf("%q was taken for a snapshot", bad)
		}
	}
}

func TestRevisionsAndNotesAreShown(t *testing.T) {
	d := operator(sample(t))
	d.Issue = Issue{Week: "2026-W40", Revision: 3, Because: "the scope was wrong", Note: "Begin with <the> pump."}
	r := build(t, d)
	if want := "weekly-" + string(d.Org.ID) + "-2026-W40-r3"; r.ID != want {
		t.Errorf("its id is %s, want %s", r.ID, want)
	}
	page := render(t, r)[".html"]
	for _, want := range []string{"Revision 3", "the scope was wrong", "Begin with &lt;the&gt; pump."} {
		if !bytes.Contains([]byte(page), []byte(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
