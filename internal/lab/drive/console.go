package drive

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// The first of these ports that is free is the console's.
const (
	firstPort = 8480
	ports     = 20
)

// StartConsole opens the console of the installation, which lives in a network
// of its own, to the browsers of this machine, and returns its address. Call
// it outside of the namespace; Stop ends it.
func StartConsole(ctx context.Context, p Places) (address string, err error) {
	listen, err := freePort(ctx)
	if err != nil {
		return "", err
	}
	gone, err := spawn(p, consoleName, nil, p.Program(), "console", "--data", p.dataAt(), "--listen", listen)
	if err != nil {
		return "", err
	}
	address = "http://" + listen
	return address, await(ctx, p, consoleName, gone, time.Minute, func() bool { return answers(ctx, address+"/sign-in") })
}

// freePort is a place to listen at that nobody has.
func freePort(ctx context.Context) (string, error) {
	var last error
	for port := firstPort; port < firstPort+ports; port++ {
		listen := net.JoinHostPort("localhost", strconv.Itoa(port))
		ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
		if err == nil {
			return listen, ln.Close()
		}
		last = err
	}
	return "", fmt.Errorf("find a port for the console: %d to %d are taken: %w", firstPort, firstPort+ports-1, last)
}

// answers tells whether there is a page.
func answers(ctx context.Context, address string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return false
	}
	c := &http.Client{Timeout: 5 * time.Second}
	page, err := c.Do(r)
	if err != nil {
		return false
	}
	defer page.Body.Close()
	_, err = io.Copy(io.Discard, page.Body)
	return err == nil && page.StatusCode == http.StatusOK
}
