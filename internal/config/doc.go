// Package config reads the settings of the three programs: defaults, then a
// YAML file, then the environment (CIISCAN_SECTION__KEY; CIISCAN_SECTION__KEY_FILE
// names a file that holds the value). An unknown name is an error, and all
// mistakes are told at once.
package config
