package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/inventory/importer"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

func (s *server) registerImportDrafts() {
	large := func(op *huma.Operation) { op.MaxBodyBytes = importer.MaxBytes*4/3 + 1<<16 } // as base64
	handle(s, "list-imports", "GET /imports", "List imports, the newest first", s.listImports)
	handle(s, "create-import", "POST /imports", "Bring a file to be looked at before it is imported", s.createImport, creates, large)
	handle(s, "get-import", "GET /imports/{id}", "Show an import", s.getImport)
	handle(s, "list-import-rows", "GET /imports/{id}/rows", "List the rows of an import", s.listImportRows)
	handle(s, "read-import", "POST /imports/{id}/read", "Read a draft's file anew", s.readImport)
	handle(s, "apply-import", "POST /imports/{id}/apply", "Take a draft into the register", s.applyImport)
	handle(s, "undo-import", "POST /imports/{id}/undo", "Take an import back", s.undoImport)
	handle(s, "drop-import", "DELETE /imports/{id}", "Throw a draft away", s.dropImport)
}

func (s *server) listImports(ctx context.Context, in *orgQuery) (*listed[wire.Import], error) {
	all, next, err := s.Imports.Imports(ctx, inventory.OrganizationID(in.Org), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, importOf), nil
}

func (s *server) createImport(ctx context.Context, in *body[wire.NewImport]) (*created[wire.Import], error) {
	n := in.Body
	org, err := s.Organizations.Organization(ctx, inventory.OrganizationID(n.OrgID))
	if err != nil {
		return nil, err
	}
	if (len(n.Content) == 0) == (n.Text == "") {
		return nil, mistake("content", "", "give either a file or a list", "choose a file, or paste addresses")
	}
	draft := inventory.Import{Org: org.ID, Name: inventory.CleanText(n.Name, 200), Pasted: n.Text != ""}
	content := n.Content
	if draft.Pasted {
		content, draft.Name = []byte(n.Text), "list"
	}
	fields, saved, err := s.savedFields(ctx, draft, content)
	if err != nil {
		return nil, err
	}
	rows, err := s.readDraft(ctx, &draft, content, fields)
	if err != nil {
		return nil, err
	}
	if fields != nil {
		draft.Notes = append(draft.Notes, "the columns are read as in the import of "+saved.Format(time.DateOnly)+", which had the same headings")
	}
	made, err := s.Imports.CreateImport(ctx, who(ctx), draft, content, rows)
	if err != nil {
		return nil, err
	}
	return newObject("imports", string(made.ID), importOf(made)), nil
}

// savedFields are the columns as the organisation's last import with the same
// headings had them, when that is not what the headings say; nil goes by the
// headings.
func (s *server) savedFields(ctx context.Context, draft inventory.Import, content []byte) (map[string]string, time.Time, error) {
	if draft.Pasted {
		return nil, time.Time{}, nil
	}
	layout, err := importer.Layout(draft.Name, bytes.NewReader(content), importer.Options{})
	if err != nil || layout.Format != "" {
		return nil, time.Time{}, err
	}
	fields, saved, err := s.Imports.ImportMapping(ctx, draft.Org, importHeaders(layout.Headers))
	if !slices.ContainsFunc(layout.Headers, func(h importer.Header) bool { return fields[h.Column] != h.Field }) {
		fields = nil
	}
	return fields, saved, err
}

// readDraft reads a file and finds out what its rows would do.
func (s *server) readDraft(ctx context.Context, draft *inventory.Import, content []byte, fields map[string]string) ([]inventory.ImportRow, error) {
	org, err := s.Organizations.Organization(ctx, draft.Org)
	if err != nil {
		return nil, err
	}
	var read importer.Result
	if draft.Pasted {
		read, err = importer.ReadLines(string(content))
	} else {
		read, err = readFile(draft, content, importer.Options{Sheet: draft.Sheet, Fields: fields, Contacts: org.Contacts})
	}
	if err != nil {
		return nil, err
	}
	draft.Sheets, draft.Notes = read.Sheets, read.Notes
	draft.Headers, draft.Format = importHeaders(read.Headers), string(read.Format)
	if draft.Sheet == "" {
		draft.Sheet = read.Sheet
	}
	addresses := convert(read.Rows, func(r importer.Row) string { return r.Asset.Address.String() })
	own, err := s.Assets.AssetsByAddress(ctx, addresses)
	if err != nil {
		return nil, err
	}
	// That an address is somebody's has to be told, or the import would fail
	// in the end; whose it is has not.
	all, err := s.Assets.AssetsByAddress(account.Unbound(ctx), addresses)
	if err != nil {
		return nil, err
	}
	who, _ := auth.FromContext(ctx)
	rows := sorter{org: draft.Org, own: own, all: all, reader: who, fixed: read.Format != "", names: contactNames(org.Contacts)}.rows(read)
	draft.Counts = map[inventory.ImportClass]int{}
	for _, r := range rows {
		draft.Counts[r.Class]++
	}
	return rows, nil
}

// readFile reads a file. One without a column of addresses is not refused: it
// has no rows until somebody says which column it is.
func readFile(draft *inventory.Import, content []byte, opts importer.Options) (importer.Result, error) {
	read, err := importer.Read(draft.Name, bytes.NewReader(content), opts)
	if err == nil {
		return read, nil
	}
	layout, failed := importer.Layout(draft.Name, io.Reader(bytes.NewReader(content)), opts)
	if failed != nil || len(layout.Headers) < 2 {
		return read, err
	}
	layout.Notes = append(layout.Notes, "no column of addresses was found: say which one it is")
	return layout, nil
}

func importHeaders(headers []importer.Header) []inventory.ImportHeader {
	return convert(headers, func(h importer.Header) inventory.ImportHeader {
		return inventory.ImportHeader{Column: h.Column, Text: h.Text, Field: h.Field}
	})
}

// A sorter tells what rows would do.
type sorter struct {
	org      inventory.OrganizationID
	own, all map[string]inventory.Asset // by address: that the reader sees, and that there are
	reader   auth.Identity
	fixed    bool   // the columns are those of importer.Format
	names    called // of the organisation's contacts
}

func (s sorter) rows(read importer.Result) []inventory.ImportRow {
	out := make([]inventory.ImportRow, 0, len(read.Rows)+len(read.Errors))
	for _, r := range read.Rows {
		out = append(out, s.row(r))
	}
	byLine := map[int]int{} // the row of a line with mistakes
	for _, e := range read.Errors {
		i, known := byLine[e.Row]
		if !known {
			i = len(out)
			byLine[e.Row] = i
			class := inventory.RowError
			if e.Twice {
				class = inventory.RowDuplicate
			}
			cells := convert(read.Bad[e.Row], func(c string) string { return inventory.CleanText(c, 200) })
			out = append(out, inventory.ImportRow{Line: e.Row, Class: class, Says: inventory.ImportSays{Cells: cells}})
		}
		if !e.Twice {
			out[i].Class = inventory.RowError
		}
		out[i].Says.Mistakes = append(out[i].Says.Mistakes, inventory.ImportMistake{
			Column: e.Column, Header: e.Header, Value: e.Value, Message: e.Message, Hint: e.Hint,
		})
	}
	slices.SortStableFunc(out, func(a, b inventory.ImportRow) int { return a.Line - b.Line })
	return out
}

// row tells what a good row would do.
func (s sorter) row(r importer.Row) inventory.ImportRow {
	address := r.Asset.Address.String()
	out := inventory.ImportRow{Line: r.Line, Class: inventory.RowNew, Address: address, Says: inventory.ImportSays{
		Name: r.Asset.Name, Site: r.Asset.Site, Function: r.Asset.Function, Contact: r.Asset.Contact, ContactName: s.names[string(r.Asset.Contact)], Criticality: r.Asset.Criticality, Class: r.Asset.Class, Tags: r.Asset.Tags, Given: r.Given,
	}}
	have, registered := s.all[address]
	own, visible := s.own[address]
	switch {
	case !registered:
	case visible && own.Org == s.org:
		_, out.Says.Changes = out.Says.Merge(own)
		s.names.write(out.Says.Changes)
		out.Asset, out.Class = own.ID, inventory.RowSame
		if len(out.Says.Changes) > 0 {
			out.Class = inventory.RowChanged
		}
	default:
		out.Class = inventory.RowError
		m := inventory.ImportMistake{Value: address, Message: "is registered by another organisation", Hint: "ask the CERT, if it is yours"}
		if !s.reader.Bound() {
			m.Message = fmt.Sprintf("is registered as %s of %s", have.ID, have.Org)
			m.Hint = "if it changed hands, move it there"
		}
		out.Says.Mistakes, out.Says.Cells = []inventory.ImportMistake{m}, []string{address, r.Asset.Name}
		if s.fixed {
			out.Says.Cells = []string{"", address, "", r.Asset.Name}
		}
	}
	return out
}

func (s *server) getImport(ctx context.Context, in *ByID) (*body[wire.Import], error) {
	i, err := s.Imports.AssetImport(ctx, inventory.ImportID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(importOf(i)), nil
}

func (s *server) listImportRows(ctx context.Context, in *struct {
	ByID
	Paging
	Class string `query:"class" enum:"new,changed,same,duplicate,error"`
},
) (*listed[wire.ImportRow], error) {
	if _, err := s.Imports.AssetImport(ctx, inventory.ImportID(in.ID)); err != nil {
		return nil, err
	}
	rows, next, err := s.Imports.ImportRows(ctx, inventory.ImportID(in.ID), inventory.ImportClass(in.Class), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, rows, next, importRow), nil
}

// programs are what people call those whose files are understood.
var programs = map[string]string{string(importer.Nmap): "nmap", string(importer.CycloneDX): "CycloneDX"}

func (s *server) readImport(ctx context.Context, in *struct {
	ByID
	Body wire.ImportReading
},
) (*body[wire.Import], error) {
	draft, err := s.Imports.AssetImport(ctx, inventory.ImportID(in.ID))
	if err != nil {
		return nil, err
	}
	if draft.Format != "" {
		return nil, mistake("fields", "", "its columns are as "+programs[draft.Format]+" wrote them", "bring another file, if it should be read otherwise")
	}
	for column, field := range in.Body.Fields {
		if field != "" && !slices.Contains(importer.Fields(), field) {
			return nil, mistake("fields", column+": "+field, "unknown field", "use one of: "+strings.Join(importer.Fields(), ", "))
		}
	}
	content, err := s.Imports.ImportContent(ctx, draft.ID)
	if err != nil {
		return nil, err
	}
	fields := in.Body.Fields
	if in.Body.Sheet != draft.Sheet && in.Body.Sheet != "" {
		fields = nil // another sheet has other columns
	}
	draft.Sheet = in.Body.Sheet
	rows, err := s.readDraft(ctx, &draft, content, fields)
	if err != nil {
		return nil, err
	}
	if draft, err = s.Imports.ReplaceImport(ctx, who(ctx), draft, rows); err != nil {
		return nil, err
	}
	return answer(importOf(draft)), nil
}

func (s *server) applyImport(ctx context.Context, in *struct {
	ByID
	Body wire.ImportDecision
},
) (*body[wire.Import], error) {
	draft, err := s.Imports.AssetImport(ctx, inventory.ImportID(in.ID))
	if err != nil {
		return nil, err
	}
	if bad := draft.Bad(); bad > 0 && in.Body.Mode == "all" {
		return nil, mistake("mode", "all", fmt.Sprintf("%d rows have mistakes, so nothing was imported", bad), "mend the file, or take the good rows only")
	}
	if draft.Counts[inventory.RowNew]+draft.Counts[inventory.RowChanged] == 0 {
		return nil, mistake("mode", in.Body.Mode, "no row would change anything", "drop the file")
	}
	done, err := s.Imports.ApplyImport(ctx, who(ctx), draft.ID)
	if err != nil {
		return nil, err
	}
	return answer(importOf(done)), nil
}

func (s *server) undoImport(ctx context.Context, in *ByID) (*body[wire.ImportUndone], error) {
	i, err := s.Imports.AssetImport(ctx, inventory.ImportID(in.ID))
	if err != nil {
		return nil, err
	}
	// The import is theirs. What depends on its assets is told by tables that
	// are not, such as those of advisories.
	undone, err := s.Imports.UndoImport(account.Unbound(ctx), who(ctx), i.ID)
	if err != nil {
		return nil, err
	}
	return answer(wire.ImportUndone{Removed: undone.Removed, Restored: undone.Restored, Kept: convert(undone.Kept, func(k inventory.ImportKept) wire.KeptAsset {
		return wire.KeptAsset{AssetID: string(k.Asset), Address: k.Address, Reason: k.Reason}
	})}), nil
}

func (s *server) dropImport(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.Imports.DropImport(ctx, who(ctx), inventory.ImportID(in.ID))
}

func importOf(i inventory.Import) wire.Import {
	return wire.Import{
		ID: string(i.ID), OrgID: string(i.Org), State: string(i.State), Name: i.Name, Pasted: i.Pasted, Format: i.Format, Sheet: i.Sheet,
		Sheets: append([]string{}, i.Sheets...), Notes: append([]string{}, i.Notes...),
		Columns: convert(i.Headers, func(h inventory.ImportHeader) wire.ImportColumn {
			return wire.ImportColumn{Column: h.Column, Text: h.Text, Field: h.Field}
		}),
		Counts: wire.ImportCounts{
			New: i.Counts[inventory.RowNew], Changed: i.Counts[inventory.RowChanged], Same: i.Counts[inventory.RowSame],
			Duplicate: i.Counts[inventory.RowDuplicate], Error: i.Counts[inventory.RowError],
		},
		CreatedBy: i.CreatedBy, CreatedAt: i.CreatedAt.UTC(), ExpiresAt: i.ExpiresAt.UTC(),
		DoneBy: i.DoneBy, DoneAt: utc(i.DoneAt), UndoneBy: i.UndoneBy, UndoneAt: utc(i.UndoneAt),
	}
}

func rowChange(c inventory.ImportChange) wire.RowChange { return wire.RowChange(c) }

func importRow(r inventory.ImportRow) wire.ImportRow {
	return wire.ImportRow{
		Line: r.Line, Class: string(r.Class), Address: r.Address, AssetID: string(r.Asset), Name: r.Says.Name, Site: r.Says.Site,
		Function: r.Says.Function, ContactID: string(r.Says.Contact), Contact: r.Says.ContactName,
		Kind: string(r.Says.Class), Criticality: string(r.Says.Criticality), Tags: append([]string{}, r.Says.Tags...),
		Changes:  convert(r.Says.Changes, rowChange),
		Mistakes: convert(r.Says.Mistakes, func(m inventory.ImportMistake) wire.CellMistake { return wire.CellMistake(m) }),
		Cells:    append([]string{}, r.Says.Cells...),
	}
}
