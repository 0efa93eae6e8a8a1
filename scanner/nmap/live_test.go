package nmap

import (
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/enginetest"
)

func TestSuite(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	p := standard(t)
	p.TCP, p.UDP = inventory.Ports(8080, 8081, 8082), inventory.PortSet{}
	enginetest.Run(t, enginetest.Subject{Engine: engine(t), Profile: p})
}

func standard(t *testing.T) scanner.Profile {
	t.Helper()
	p, err := scanner.ProfileByName("standard")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func engine(t *testing.T) *Engine {
	t.Helper()
	e, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
