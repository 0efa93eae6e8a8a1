package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/inventory/importer"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerImport() {
	const route = "/assets/import"
	handle(s, "import-assets", "POST "+route, "Import assets from CSV, XLSX, nmap's XML or CycloneDX in JSON", s.importAssets, func(op *huma.Operation) {
		op.MaxBodyBytes = importer.MaxBytes + 1 // one more, so that the importer says what is too large
	})
	// Said after the registration: the framework would read a schema that is
	// there before as the body's own.
	s.api.OpenAPI().Paths[route].Post.RequestBody.Content["multipart/form-data"] = &huma.MediaType{
		Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{
			"file": {Type: "string", Format: "binary", Description: "The file."},
		}},
	}
}

// An importQuery is a file and what to do with it.
type importQuery struct {
	Org     string `query:"org" required:"true" doc:"The organisation that answers for the assets."`
	Name    string `query:"name" maxLength:"255" default:"assets" doc:"The file's name, for messages."`
	Mode    string `query:"mode" enum:"all,valid" default:"all" doc:"all imports nothing unless every row is good; valid imports the good rows."`
	DryRun  bool   `query:"dry_run" doc:"Change nothing, only tell."`
	RawBody []byte
}

func (s *server) importAssets(ctx context.Context, in *importQuery) (*body[wire.ImportResult], error) {
	org := inventory.OrganizationID(in.Org)
	whose, err := s.Organizations.Organization(ctx, org)
	if err != nil {
		return nil, err
	}
	read, err := importer.Read(in.Name, bytes.NewReader(in.RawBody), importer.Options{Contacts: whose.Contacts})
	if err != nil {
		return nil, err
	}
	owned, err := s.ownedAlready(ctx, read.Rows)
	if err != nil {
		return nil, err
	}
	out := sortRows(read, owned, org)
	if len(out.mistakes) > 0 && in.Mode == "all" && !in.DryRun {
		return nil, errors.Join(asInput(out.mistakes)...)
	}
	made := out.fresh
	if !in.DryRun && len(made) > 0 {
		if made, err = s.Assets.CreateAssets(ctx, who(ctx), made); err != nil {
			return nil, err
		}
	}
	result := wire.ImportResult{
		DryRun: in.DryRun, Rows: out.rows, Valid: out.rows - out.badRows, Known: out.known,
		Assets: convert(made, asset), Errors: convert(out.mistakes, rowDetail), Notes: words(read.Notes),
	}
	if !in.DryRun {
		result.Imported = len(made)
	}
	return answer(result), nil
}

// ownedAlready finds the assets that are registered under the rows' addresses.
func (s *server) ownedAlready(ctx context.Context, rows []importer.Row) (map[string]inventory.Asset, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	return s.Assets.AssetsByAddress(ctx, convert(rows, func(r importer.Row) string { return r.Asset.Address.String() }))
}

// An imported is what a file's rows come to.
type imported struct {
	fresh         []inventory.Asset
	known         int // assets that the organisation has already
	mistakes      []importer.RowError
	rows, badRows int // lines of the file
}

// sortRows tells new assets from those that the organisation has already, and
// from those that are somebody else's.
func sortRows(read importer.Result, owned map[string]inventory.Asset, org inventory.OrganizationID) imported {
	out := imported{mistakes: read.Errors}
	lines, bad := map[int]bool{}, map[int]bool{}
	for _, r := range read.Rows {
		lines[r.Line] = true
		have, registered := owned[r.Asset.Address.String()]
		switch {
		case !registered:
			r.Asset.Org = org
			out.fresh = append(out.fresh, r.Asset)
		case have.Org == org:
			out.known++
		default:
			out.mistakes = append(out.mistakes, importer.RowError{
				Row: r.Line, Value: r.Asset.Address.String(),
				Message: fmt.Sprintf("is registered as %s of %s", have.ID, have.Org),
				Hint:    (&taken{have, org}).Advice(),
			})
		}
	}
	for _, e := range out.mistakes {
		lines[e.Row], bad[e.Row] = true, true
	}
	out.rows, out.badRows = len(lines), len(bad)
	return out
}

// rowPlace names a place as a spreadsheet does.
func rowPlace(e importer.RowError) string {
	place := fmt.Sprintf("row %d", e.Row)
	if e.Column != "" {
		place += ", column " + e.Column
	}
	if e.Header != "" {
		place += " (" + e.Header + ")"
	}
	return place
}

func rowDetail(e importer.RowError) wire.ProblemDetail {
	return wire.ProblemDetail{Location: rowPlace(e), Value: e.Value, Message: e.Message, Hint: e.Hint}
}

func asInput(mistakes []importer.RowError) []error {
	out := make([]error, len(mistakes))
	for i, e := range mistakes {
		out[i] = mistake(rowPlace(e), e.Value, e.Message, e.Hint)
	}
	return out
}
