package taxii

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzReadEnvelope(f *testing.F) {
	f.Add([]byte(envelopeOf(objectJSON("note", 1, start), objectJSON("report", 2, start))))
	f.Add([]byte(`{"objects":[{"id":"note--00000000-0000-4000-8000-000000000001","type":"note"}]}`))
	f.Add([]byte(`{"objects":[null,[],{"id":5}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		objects, refused, err := ReadEnvelope(raw, Limits{Objects: 50, Depth: 10})
		if err != nil {
			if len(objects)+len(refused) > 0 {
				t.Error("an error, and objects, too")
			}
			return
		}
		if n := len(objects) + len(refused); n == 0 || n > 50 {
			t.Errorf("%d objects", n)
		}
		for _, o := range objects {
			if !strings.HasPrefix(o.ID, o.Type+"--") || o.SpecVersion != "2.1" || !json.Valid(o.Raw) {
				t.Errorf("object %+v", o)
			}
		}
		for _, r := range refused {
			if r.ID == "" || r.Message == "" {
				t.Errorf("refused %+v", r)
			}
		}
	})
}
