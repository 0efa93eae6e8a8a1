// Package version says which build of CIIScan a program is. The Makefile
// stamps it in; the three programs of one installation must agree.
package version

// Version is the stamped version, such as "v1.4.0" or "3f2a9c1-dirty".
var Version = "dev"
