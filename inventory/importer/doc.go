// Package importer reads assets from the files that operators have: CSV in any
// of its dialects, XLSX, nmap's XML and CycloneDX in JSON.
//
// A file becomes a table of text (csv.go, xlsx.go, and with columns of their
// own nmap.go and cyclonedx.go), the table's headings are found and understood
// (header.go), and each line becomes assets or says what is wrong with it
// (rows.go). Every mistake is told, by row and column as a spreadsheet counts
// them; only a file that cannot be read at all is an error. Nothing is stored:
// whether to take the good rows of a file with bad ones is the caller's to
// decide.
//
// Files are hostile: their size, rows, columns and unpacked size are limited.
package importer
