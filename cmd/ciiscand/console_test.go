package main

import (
	"log/slog"
	"net"
	"testing"

	"github.com/ciiscan/ciiscan/internal/config"
)

func TestConsoleTakesTheNextPort(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	listen := taken.Addr().String()
	open := func(c config.Console) (config.Console, error) {
		t.Helper()
		doors, err := openConsole(t.Context(), &c, slog.New(slog.DiscardHandler))
		for _, ln := range doors {
			if ln.Addr().String() != c.Listen {
				t.Errorf("the door is %s, the setting says %s", ln.Addr(), c.Listen)
			}
			_ = ln.Close()
		}
		return c, err
	}
	usual, err := open(config.Console{Listen: listen, URL: "http://" + listen, Usual: true})
	if err != nil || usual.Listen == listen || usual.URL != "http://"+usual.Listen {
		t.Errorf("where the usual port is taken: %+v, %v", usual, err)
	}
	named, err := open(config.Console{Listen: listen, URL: "https://ciiscan.cert.example", Usual: true})
	if err != nil || named.URL != "https://ciiscan.cert.example" {
		t.Errorf("with an address that somebody chose: %+v, %v", named, err)
	}
	if _, err := open(config.Console{Listen: listen, URL: "http://" + listen}); err == nil {
		t.Error("a port that somebody chose is taken, and another was opened")
	}
}
