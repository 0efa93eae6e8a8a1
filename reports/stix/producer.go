package stix

import (
	"cmp"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A Producer is the CERT that issues the objects.
type Producer struct {
	ID        string    // of its identity object; "" derives one from the key
	Name      string    // as the world knows it
	Namespace string    // URL that is this CERT's for good, as in its CSAF documents
	Contact   string    // how to ask; may be empty
	Since     time.Time // when it took this name; zero is as good as any fixed date
}

// beginning dates the identity of a producer that gives no date.
var beginning = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func checkProducer(p Producer, key []byte) error {
	for _, c := range []struct {
		ok                          bool
		field, value, message, hint string
	}{
		{strings.TrimSpace(p.Name) != "", "producer.name", "", "is missing", "set the CERT's name in the configuration"},
		{advisory.IsWebAddress(p.Namespace), "producer.namespace", p.Namespace, "is not a web address", "set it to a URL that is the CERT's for good, like https://cert.example"},
		{p.ID == "" || isID(p.ID, "identity"), "producer.id", p.ID, "is not the id of an identity", "use identity--UUID, or leave it empty"},
		{len(key) >= 16, "key", "", "is too short", "give the installation's key, at least 16 bytes"},
	} {
		if !c.ok {
			return &inventory.InputError{Field: c.field, Value: c.value, Message: c.message, Hint: c.hint}
		}
	}
	return nil
}

func producerID(p Producer, key []byte) string {
	return cmp.Or(p.ID, idOf(key, "identity", p.Namespace))
}

func identityOf(p Producer, key []byte) *identity {
	since := p.Since
	if since.IsZero() {
		since = beginning
	}
	return &identity{
		common: common{
			Type: "identity", SpecVersion: "2.1", ID: producerID(p, key),
			Created: instantOf(beginning), Modified: instantOf(later(beginning, since)),
		},
		Name: name(p.Name), IdentityClass: "organization", Contact: name(p.Contact),
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
