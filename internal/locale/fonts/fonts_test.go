package fonts

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/internal/locale"
)

func TestFilesAreFonts(t *testing.T) {
	for _, f := range All() {
		b, err := f.WOFF2()
		if err != nil || !bytes.HasPrefix(b, []byte("wOF2")) {
			t.Errorf("%s: %v, begins with %.4q", f.File, err, b)
		}
	}
}

// Each language gets the font of its script with its own name, and no other.
func TestNeeded(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "", "bn": "bengali", "hi": "devanagari", "ne": "devanagari", "si": "sinhala", "ta": "tamil", "th": "thai", "my": "myanmar", "dz": "tibetan",
	} {
		var got []string
		for _, f := range Needed("x\u200d" + locale.For(tag).Language().Name)[2:] {
			got = append(got, f.File)
		}
		if all := strings.Join(got, " "); want == "" && all != "" || !strings.Contains(all, want) || len(got) > 1 {
			t.Errorf("%s needs %q, want %s", tag, all, want)
		}
	}
}

func TestFace(t *testing.T) {
	got := All()[0].Face("/a/b.woff2")
	if !strings.Contains(got, `font-family:"Noto Sans"`) || !strings.Contains(got, `url("/a/b.woff2") format("woff2")`) {
		t.Error(got)
	}
}
