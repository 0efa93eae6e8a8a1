// Package shell is what every page of the console has in common: who may open
// it, its frame, its forms and mistakes, and the headers that keep foreign
// content from running.
//
//	request ─► headers ─► session ─► role ─► page ─► API ─► template ─► answer
//
// Pages know no database. They call the API in this process, as the person who
// is signed in, so that a page shows what that person may see and nothing
// else, and the same numbers as the API.
//
// Every page works without scripts. A list's filters are its address.
package shell
