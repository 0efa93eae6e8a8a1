package pgembed

// Installed returns the folder of the PostgreSQL programs that Start uses for
// a new cluster, or an *Error that says what to install.
func Installed() (string, error) {
	b, err := findBinaries("", 0)
	return b.dir, err
}
