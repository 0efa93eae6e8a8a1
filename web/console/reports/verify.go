package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

type verifyView struct {
	shell.View
	Form    shell.Form
	Proof   wire.ReportProof
	Checked bool   // a file was given
	Sum     string // its hash
	Match   string // the name of the file that it is, or ""
}

// askVerify asks for a report's id.
func askVerify(q *shell.Request) error {
	if id := strings.TrimSpace(q.R.URL.Query().Get("id")); id != "" {
		return q.Redirect("/verify/" + url.PathEscape(id))
	}
	return q.Render(pages, "verify", verifyView{View: q.View(q.T("Verify a report"))})
}

func verify(q *shell.Request) error {
	v, err := proof(q)
	if err != nil {
		return err
	}
	return q.Render(pages, "verify", v)
}

func proof(q *shell.Request) (verifyView, error) {
	v := verifyView{View: q.View(q.T("Verify a report"))}
	var err error
	v.Proof, err = q.API.VerifyReport(q.Context(), q.Path("id"))
	return v, err
}

// verifyFile compares a file with what was issued. It is read once, as it
// comes, and kept nowhere.
func verifyFile(q *shell.Request) error {
	v, err := proof(q)
	if err != nil {
		return err
	}
	sum, err := sumOfUpload(q.R)
	if err != nil {
		return err
	}
	if sum == "" {
		v.Form.Problem = &shell.Mistake{Message: q.T("No file was chosen"), Hint: q.T("Choose the file that you were sent.")}
		return q.RenderForm(pages, "verify", v)
	}
	v.Checked, v.Sum = true, sum
	for _, f := range v.Proof.Files {
		if f.SHA256 == sum {
			v.Match = f.Name
		}
	}
	return q.Render(pages, "verify", v)
}

// sumOfUpload is the SHA-256 of the file in a form, or "" without one.
func sumOfUpload(r *http.Request) (string, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return "", nil //nolint:nilerr // a form without a file
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		h := sha256.New()
		if _, err := io.Copy(h, part); err != nil {
			return "", err
		}
		return hex.EncodeToString(h.Sum(nil)), nil
	}
}
