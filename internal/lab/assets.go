package lab

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// An Asset is one line of an operator's list, in the operator's words.
type Asset struct {
	Address, Name, Site, Criticality, Kind, Tags string
}

// Assets lists what an operator registers, in the order of the hosts. Hosts
// that share an asset give one line, that of the first of them.
func (t Truth) Assets(owner string) []Asset {
	var all []Asset
	known := map[string]bool{}
	for _, h := range t.Hosts {
		if h.Owner != owner {
			continue
		}
		for _, address := range h.registeredAs() {
			if known[address] {
				continue
			}
			known[address] = true
			all = append(all, Asset{
				Address: address, Name: h.What, Site: h.Site, Tags: strings.Join(h.Tags, ";"),
				Criticality: string(h.Criticality), Kind: string(h.Class),
			})
		}
	}
	return all
}

func (h Host) registeredAs() []string {
	switch {
	case h.Asset != "":
		return []string{h.Asset}
	case len(h.Names) > 0:
		return h.Names
	}
	return []string{h.Addr.String()}
}

// table is the list as rows, header first. The headers are the words that
// people use, not ours: the importer must know them.
func (t Truth) table(owner string) [][]string {
	rows := [][]string{{"IP address or hostname", "Asset name", "Location", "Criticality", "IT/OT", "Tags"}}
	for _, a := range t.Assets(owner) {
		rows = append(rows, []string{a.Address, a.Name, a.Site, a.Criticality, a.Kind, a.Tags})
	}
	return rows
}

// WriteCSV writes an operator's asset list.
func (t Truth) WriteCSV(w io.Writer, owner string) error {
	out := csv.NewWriter(w)
	if err := out.WriteAll(t.table(owner)); err != nil {
		return fmt.Errorf("write assets of %s: %w", owner, err)
	}
	return nil
}

// WriteXLSX writes an operator's asset list as a spreadsheet.
func (t Truth) WriteXLSX(w io.Writer, owner string) error {
	book := excelize.NewFile()
	defer book.Close()
	sheet := book.GetSheetName(0)
	for i, row := range t.table(owner) {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return fmt.Errorf("name cell of row %d: %w", i+1, err)
		}
		if err := book.SetSheetRow(sheet, cell, &row); err != nil {
			return fmt.Errorf("write row %d: %w", i+1, err)
		}
	}
	if err := book.Write(w); err != nil {
		return fmt.Errorf("write assets of %s: %w", owner, err)
	}
	return nil
}
