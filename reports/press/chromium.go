package press

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/pdf"
)

// Chromium is the Printer of an installation: it prints with Chromium, checks
// what came out, and attaches the files.
type Chromium struct {
	pdf.Printer
	Now func() time.Time
}

// Print implements Printer.
func (c Chromium) Print(ctx context.Context, id string, page []byte, files []reports.File) ([]byte, error) {
	printed, err := c.Printer.Print(ctx, page)
	if err != nil {
		return nil, err
	}
	var attach []pdf.Attachment
	for _, f := range files {
		attach = append(attach, pdf.Attachment{Name: f.Name, MediaType: f.MediaType, Data: f.Data})
	}
	return pdf.Finish(printed, id, c.Now(), attach)
}
