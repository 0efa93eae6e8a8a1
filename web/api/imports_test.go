package api

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

const (
	importPath = "/api/v1/assets/import?org=ORG-1"
	goodRows   = "address,name\nwww.example.org,Web\n192.0.2.20,Mail\n"
	mixedRows  = "address,name,criticality\nwww.example.org,Web,high\n192.0.2.300,Mail,high\nns.example.org,DNS,huge\n"
)

func TestImportOfGoodRows(t *testing.T) {
	f := apitest.New()
	r := read[wire.ImportResult](t, call(newAPI(t, f), auth.Analyst, http.MethodPost, importPath, goodRows, "text/csv"), 200)
	if r.Rows != 2 || r.Valid != 2 || r.Imported != 2 || len(r.Assets) != 2 || r.Assets[1].ID != "A-3" || len(r.Errors) != 0 {
		t.Errorf("import = %+v, want both rows", r)
	}
	again := read[wire.ImportResult](t, call(newAPI(t, f), auth.Analyst, http.MethodPost, importPath, goodRows, "text/csv"), 200)
	if again.Imported != 0 || again.Known != 2 || len(f.Registered) != 3 {
		t.Errorf("the same file again = %+v with %d assets, want two known and none new", again, len(f.Registered))
	}
}

func TestImportOfMixedRows(t *testing.T) {
	for _, c := range []struct {
		query   string
		status  int
		stored  int // besides the one there was
		changed bool
	}{
		{"", 422, 0, false},
		{"&mode=valid", 200, 1, true},
		{"&dry_run=true", 200, 0, false},
		{"&mode=valid&dry_run=true", 200, 0, false},
	} {
		t.Run("query "+c.query, func(t *testing.T) {
			f := apitest.New()
			w := call(newAPI(t, f), auth.Analyst, http.MethodPost, importPath+c.query, mixedRows, "text/csv")
			if w.Code != c.status {
				t.Fatalf("status = %d, want %d: %s", w.Code, c.status, w.Body)
			}
			if got := len(f.Registered) - 1; got != c.stored {
				t.Errorf("stored %d assets, want %d", got, c.stored)
			}
			var mistakes []wire.ProblemDetail
			if c.status == 200 {
				r := read[wire.ImportResult](t, w, 200)
				mistakes = r.Errors
				if r.Rows != 3 || r.Valid != 1 || len(r.Assets) != 1 {
					t.Errorf("result = %+v, want one good row of three", r)
				}
			} else {
				mistakes = read[wire.Problem](t, w, 422).Errors
			}
			if len(mistakes) != 2 || !strings.HasPrefix(mistakes[0].Location, "row 3, column A") || !strings.HasPrefix(mistakes[1].Location, "row 4, column C") {
				t.Errorf("mistakes = %+v, want one in row 3, column A, one in row 4, column C", mistakes)
			}
		})
	}
}

func TestImportRefusesWhatIsSomebodyElses(t *testing.T) {
	f := apitest.New()
	f.Registered[0].Org = "ORG-2"
	p := read[wire.Problem](t, call(newAPI(t, f), auth.Analyst, http.MethodPost, importPath, "address\n192.0.2.10\n", "text/csv"), 422)
	if len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Message, "A-1 of ORG-2") || !strings.Contains(p.Errors[0].Hint, "asset move A-1") {
		t.Errorf("mistakes = %+v, want the owner and how to move it", p.Errors)
	}
}

func TestImportOfWorkbookByForm(t *testing.T) {
	book := excelize.NewFile()
	for cell, text := range map[string]string{"A1": "IP address", "B1": "Name", "A2": "192.0.2.77", "B2": "Relay"} {
		if err := book.SetCellValue("Sheet1", cell, text); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	form := "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"plant.xlsx\"\r\n\r\n" + b.String() + "\r\n--cut--\r\n"
	f := apitest.New()
	r := read[wire.ImportResult](t, call(newAPI(t, f), auth.Analyst, http.MethodPost, importPath, form, "multipart/form-data; boundary=cut"), 200)
	if r.Imported != 1 || r.Assets[0].Address != "192.0.2.77" || r.Assets[0].Name != "Relay" {
		t.Errorf("import = %+v, want the one asset", r)
	}
}

func TestImportOfWhatIsNoTable(t *testing.T) {
	for name, c := range map[string]struct {
		path, body string
		status     int
	}{
		"PDF":                  {importPath + "&name=plan.pdf", "%PDF-1.7", 422},
		"larger than the most": {importPath, strings.Repeat("192.0.2.1\n", 2<<20), 413},
		"nobody's":             {"/api/v1/assets/import?org=ORG-9", goodRows, 404},
		"no organisation":      {"/api/v1/assets/import", goodRows, 422},
	} {
		t.Run(name, func(t *testing.T) {
			p := read[wire.Problem](t, call(newAPI(t, apitest.New()), auth.Analyst, http.MethodPost, c.path, c.body, "text/csv"), c.status)
			if p.Detail == "" {
				t.Errorf("problem = %+v, want it to say why", p)
			}
		})
	}
}
