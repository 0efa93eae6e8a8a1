// Package client speaks to /api/v1, over the local unix socket or HTTPS. It
// follows the cursors of lists to their end, and turns problems back into
// errors that inventory's sentinels match and that say what to do.
package client
